"""What every operation must compute, in terms of OpenCV: one function per operation, named as it is on the wire.

Pictures are numpy arrays of height × width × channels in our order: grey, grey+alpha, RGB, RGBA. A function takes the
picture and its arguments (numbers, names of choices, tuples of numbers) and gives (expected picture, greatest
difference allowed)."""
import cv2

from .analysis import *
from .edges import *
from .filters import *
from .geometry import *
from .tone import *

cv2.setNumThreads(1)
