// tilecastd: the gateway.
#include "backend/gateway.h"

int main(int argc, char **argv) {
    tc_options options;
    int code = tc_options_parse(&options, argc, argv);
    return code >= 0 ? code : tc_gateway_run(&options);
}
