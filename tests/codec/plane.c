// Transforms of planes against their definitions.
#include "codec/plane.h"
#include "tests/check.h"
#include "tests/codec/paint.h"

static const uint64_t seed = 20261122;

static int mean_around(const tc_plane *plane, int x, int y, int radius, int *area) {
    int sum = 0;
    *area = 0;
    for (int j = y - radius; j <= y + radius; j++)
        for (int i = x - radius; i <= x + radius; i++) {
            if (i < 0 || j < 0 || i >= plane->width || j >= plane->height) continue;
            sum += plane->data[(size_t)j * plane->stride + (size_t)i];
            ++*area;
        }
    return sum;
}

static void test_threshold(void) {
    uint64_t state = seed;
    for (int i = 0; i < 80; i++) {
        int width = 1 + (int)(random_next(&state) % 50), height = 1 + (int)(random_next(&state) % 50);
        int radius = 1 + (int)(random_next(&state) % 24), bias = (int)(random_next(&state) % 9), wrong = 0;
        tc_image image = random_image(width, height, 1, &state);
        const tc_plane plane = paint_plane(&image);
        tc_plane binary;
        CHECK(tc_plane_threshold(&plane, radius, bias, &binary) == TC_OK);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) {
                int area, sum = mean_around(&plane, x, y, radius, &area);
                int grey = plane.data[(size_t)y * plane.stride + (size_t)x];
                wrong += binary.data[(size_t)y * binary.stride + (size_t)x] != ((grey + bias) * area < sum ? 0 : 255);
            }
        CHECK(wrong == 0);
        tc_plane_clear(&binary);
        tc_image_clear(&image);
    }
}

// The centroid of the pixels that differ from the background.
static tc_vector centroid_of(const tc_plane *plane, int background) {
    double x = 0, y = 0, weights = 0;
    for (int j = 0; j < plane->height; j++)
        for (int i = 0; i < plane->width; i++) {
            int grey = plane->data[(size_t)j * plane->stride + (size_t)i];
            double weight = abs(grey - background) > 40 ? abs(grey - background) : 0;
            x += weight * (i + 0.5);
            y += weight * (j + 0.5);
            weights += weight;
        }
    return (tc_vector){x / weights, y / weights};
}

// A dark spot on white is where the map says.
static void test_maps(void) {
    tc_transform *const all[] = {tc_plane_halve,  tc_plane_quarter, tc_plane_double,
                                 tc_plane_invert, tc_plane_blur,    tc_plane_rotate_45};
    uint64_t state = seed;
    for (size_t t = 0; t < sizeof all / sizeof *all; t++)
        for (int i = 0; i < 20; i++) {
            int width = 80 + (int)(random_next(&state) % 50), height = 80 + (int)(random_next(&state) % 50);
            int left = 20 + (int)(random_next(&state) % 40), top = 20 + (int)(random_next(&state) % 40);
            tc_image image = random_image(width, height, 1, &state);
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++)
                    image.data[(size_t)y * image.stride + (size_t)x] =
                        x >= left && x < left + 12 && y >= top && y < top + 12 ? 0 : 255;
            const tc_plane plane = paint_plane(&image);
            tc_plane made;
            tc_affine back;
            CHECK(all[t](&plane, &made, &back) == TC_OK);
            tc_vector at = centroid_of(&made, all[t] == tc_plane_invert ? 0 : 255);
            double x = back.xx * at.x + back.xy * at.y + back.x0, y = back.yx * at.x + back.yy * at.y + back.y0;
            CHECK(fabs(x - (left + 6)) < 0.7 && fabs(y - (top + 6)) < 0.7);
            tc_plane_clear(&made);
            tc_image_clear(&image);
        }
}

// Small planes cannot be reduced, but enlarged, rotated and blurred.
static void test_small(void) {
    uint64_t state = seed;
    for (int side = 1; side < 34; side++) {
        tc_image image = random_image(side, 40 - side, 1, &state);
        const tc_plane plane = paint_plane(&image);
        tc_transform *const all[] = {tc_plane_double, tc_plane_blur, tc_plane_rotate_45, tc_plane_invert};
        tc_plane made;
        tc_affine back;
        CHECK(tc_plane_quarter(&plane, &made, &back) == TC_ERR_ARGUMENT);
        for (int t = 0; t < 4; t++) {
            CHECK(all[t](&plane, &made, &back) == TC_OK && made.width >= 1 && made.height >= 1);
            tc_plane_clear(&made);
        }
        tc_image_clear(&image);
    }
}

static void test_projection(void) {
    uint64_t state = seed;
    for (int i = 0; i < 200; i++) {
        tc_homography map = {{0}}, found;
        for (int k = 0; k < 8; k++) map.h[k] = random_between(&state, -1, 1) * (k % 3 == 2 ? 300 : k > 5 ? 0.002 : 9);
        map.h[0] += 12;
        map.h[4] += 12;
        tc_correspondences pairs = {.count = 0};
        int count = 4 + (int)(random_next(&state) % 9);
        for (int k = 0; k < count; k++) {
            tc_vector from = {(k & 1) * 100 + random_between(&state, 0, 20),
                              (k >> 1 & 1) * 100 + random_between(&state, 0, 20)};
            tc_correspondences_add(&pairs, from, tc_homography_apply(&map, from.x, from.y),
                                   random_between(&state, 0.5, 2));
        }
        CHECK(tc_homography_fit(&found, &pairs));
        tc_vector a = tc_homography_apply(&map, 60, 40), b = tc_homography_apply(&found, 60, 40);
        CHECK(hypot(a.x - b.x, a.y - b.y) < 1e-3);
    }
    tc_correspondences line = {.count = 0};
    tc_homography map;
    for (int k = 0; k < 4; k++) tc_correspondences_add(&line, (tc_vector){k, k}, (tc_vector){2 * k, 3 * k}, 1);
    CHECK(!tc_homography_fit(&map, &line));
}

int main(void) {
    printf("seed %llu\n", (unsigned long long)seed);
    test_threshold();
    test_maps();
    test_small();
    test_projection();
    return check_result();
}
