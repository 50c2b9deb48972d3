// Codes in messages.
#ifndef TC_CONTROL_CODE_H
#define TC_CONTROL_CODE_H

#include "control/json.h"
#include "core/codes.h"

// Sets the members of a code in a message: its type (as the member `type_name`), text, corners (`points`) and the pass
// that read it (`how`), and for a payload that is not text its `bytes` in base64.
void tc_json_set_code(tc_json *message, const char *type_name, const tc_code *code);

#endif
