// tilecastd: the gateway's program.
#include <stdio.h>

#include "backend/gateway.h"
#include "core/isa.h"
#include "system/assert.h"

int main(int argc, char **argv) {
    tc_assert_set_program("tilecastd");
    tc_gateway_options options;
    int code = tc_gateway_options_parse(&options, argc, argv);
    tc_error error = {0};
    if (code < 0 && tc_isa_check(&error)) {
        fprintf(stderr, "tilecastd: %s\n", error.text);
        return 2;
    }
    return code >= 0 ? code : tc_gateway_run(&options);
}
