// Hands for work that falls into parts which do not depend on each other: whoever drives a run may lend some. Core has
// no threads of its own.
#ifndef TC_TEAM_H
#define TC_TEAM_H

#include <stddef.h>

typedef void tc_part(void *context, int index);

typedef struct tc_team {
    // Calls part(context, i) for i = 0 .. count - 1, each once and several at the same time; returns when all are done.
    void (*each)(void *user, int count, tc_part *part, void *context);
    void *user;
} tc_team;

// NULL: nobody helps.
static inline void tc_team_each(const tc_team *team, int count, tc_part *part, void *context) {
    if (team)
        team->each(team->user, count, part, context);
    else
        for (int i = 0; i < count; i++) part(context, i);
}

#endif
