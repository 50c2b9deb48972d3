// A worker that reads codes, in a thread of node's.
import { forwardMessages, installScope } from './thread_scope';

installScope();
await import('../../web/src/engine/local/codes.worker');
forwardMessages();
