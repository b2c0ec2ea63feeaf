/* The walk, top to bottom. */
#include "flow/steps_int.h"

const struct step flow_steps[STEPS] = {
    [AT_ROUTE] = {"route", step_route},
    [AT_AUTHENTICATE] = {"authenticate", step_authenticate},
    [AT_READ] = {"read", step_read},
    [AT_ADMIT] = {"admit", step_admit},
    [AT_CHOOSE] = {"choose", step_choose},
    [AT_FORWARD] = {"forward", step_forward},
    [AT_STREAM] = {"stream", step_stream},
    [AT_METER] = {"meter", step_meter},
    [AT_RECORD] = {"record", step_record},
};
