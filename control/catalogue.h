// The operation catalogue as JSON.
#ifndef TC_CONTROL_CATALOGUE_H
#define TC_CONTROL_CATALOGUE_H

#include "control/json.h"

// The catalogue that `GET /api/v1/operations` and `tilecast ops --json` print. The caller destroys it; NULL if memory
// runs out.
tc_json *tc_catalogue_to_json(void);

#endif
