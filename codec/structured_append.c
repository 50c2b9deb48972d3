// Collects and joins the parts of a structured append series.
#include "codec/structured_append.h"

#include <math.h>
#include <string.h>

#include "codec/charset.h"
#include "codec/text.h"
#include "core/assert.h"

static bool is_part(const tc_reading *r) {
    return r->parts > 1 && r->parts <= TC_MAX_CODE_PARTS && r->part >= 0 && r->part < r->parts;
}

static bool same_series(const tc_reading *a, const tc_reading *b) {
    return is_part(b) && a->symbology == b->symbology && a->parts == b->parts &&
           (a->parity == b->parity || a->parity < 0 || b->parity < 0);
}

static bool same_bytes(const tc_reading *a, const tc_reading *b) {
    return a->size == b->size && (a->size == 0 || memcmp(a->bytes, b->bytes, a->size) == 0);
}

int tc_structured_append_find(const tc_readings *readings, int index, int order[TC_MAX_CODE_PARTS]) {
    const tc_reading *one = &readings->items[index];
    int found = 0;
    TC_ASSERT(index >= 0 && index < readings->count);
    if (!is_part(one)) return 0;
    for (int part = 0; part < one->parts; part++) order[part] = -1;
    for (int i = 0; i < readings->count; i++) {
        const tc_reading *r = &readings->items[i];
        if (!same_series(one, r)) continue;
        if (order[r->part] < 0) {
            order[r->part] = i;
            found++;
        } else if (!same_bytes(&readings->items[order[r->part]], r)) {
            return 0;
        }
    }
    return found == one->parts ? found : 0;
}

// Extends the bounding box by a code.
static void extend(tc_reading *box, const tc_reading *r) {
    for (int i = 0; i < 4; i++) {
        bool left = i == 0 || i == 3, top = i < 2;
        for (int k = 0; k < 4; k++) {
            box->x[i] = left ? fmin(box->x[i], r->x[k]) : fmax(box->x[i], r->x[k]);
            box->y[i] = top ? fmin(box->y[i], r->y[k]) : fmax(box->y[i], r->y[k]);
        }
    }
}

tc_status tc_structured_append_join(const tc_readings *readings, const int order[], int parts, tc_blob *bytes,
                                    tc_reading *joined) {
    const tc_reading *first = &readings->items[order[0]];
    bool several = false; // character sets
    tc_status status = TC_OK;
    TC_ASSERT(bytes->size == 0 && parts >= 2 && parts <= TC_MAX_CODE_PARTS);
    *joined = (tc_reading){.symbology = first->symbology, .eci = TC_ECI_NONE, .part = -1, .parts = parts, .parity = -1};
    for (int i = 0; i < 4; i++) joined->x[i] = first->x[0], joined->y[i] = first->y[0];
    for (int i = 0; i < parts; i++) {
        const tc_reading *r = &readings->items[order[i]];
        extend(joined, r);
        if (r->parity >= 0) joined->parity = r->parity;
        several |= r->eci >= 0 && joined->eci >= 0 && r->eci != joined->eci;
        if (r->eci >= 0) joined->eci = r->eci;
    }
    if (several) joined->eci = TC_ECI_UTF8;
    for (int i = 0; i < parts && status == TC_OK; i++) {
        const tc_reading *r = &readings->items[order[i]];
        bool binary;
        status = several ? tc_text_decode(r->bytes, r->size, r->eci, bytes, &binary)
                         : tc_blob_append(bytes, r->bytes, r->size);
    }
    joined->bytes = bytes->data;
    joined->size = bytes->size;
    return status;
}
