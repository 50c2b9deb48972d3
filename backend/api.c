// Routes HTTP requests and answers them.
#include "backend/api.h"

#include <string.h>

#include "backend/pages.h"
#include "control/catalogue.h"
#include "core/assert.h"
#include "system/clock.h"

enum { HEALTH_INTERVAL_MS = 100 };

static const char json_type[] = "application/json";
static const char text_type[] = "text/plain; charset=utf-8";

// Destroys the message.
static tc_http_reply json_reply(int status, tc_json *message) {
    char *text = tc_json_print(message);
    tc_json_destroy(message);
    return text ? tc_http_reply_body(status, json_type, text)
                : tc_http_reply_text(503, text_type, "The server is out of memory; try again later.\n");
}

static tc_http_reply operations_reply(tc_api *api, tc_exchange *exchange) {
    (void)api, (void)exchange;
    return json_reply(200, tc_catalogue_to_json());
}

static tc_http_reply status_reply(tc_api *api, tc_exchange *exchange) {
    (void)exchange;
    return json_reply(200, api->hooks.status(api->hooks.user));
}

// ---- Health: a worker computes a tile, and only that is healthy

static tc_http_reply unhealthy_reply(const char *sentence) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "status", "down");
    tc_json_set_string(message, "error", sentence);
    return json_reply(503, message);
}

static tc_http_reply health_reply(tc_api *api, tc_exchange *exchange) {
    tc_health_check *check = NULL;
    for (int i = 0; i < TC_MAX_HEALTH_CHECKS; i++)
        if (!api->checks[i].exchange) check = &api->checks[i];
    tc_pool_info info = tc_pool_get_info(api->pool);
    if (info.state != TC_POOL_READY)
        return unhealthy_reply(info.error[0] ? info.error : "the pool of workers is not ready");
    if (!check) return unhealthy_reply("too many health checks at once");
    tc_error error;
    if (tc_pool_send_number(api->pool, "ping", "id", ++api->last_id, &error)) return unhealthy_reply(error.text);
    *check = (tc_health_check){.exchange = exchange, .id = api->last_id, .started_us = tc_clock_us()};
    tc_timer_set(api->timer, HEALTH_INTERVAL_MS);
    return (tc_http_reply){.file = -1}; // later
}

static void end_check(tc_health_check *check, tc_http_reply reply) {
    TC_ASSERT(check->exchange);
    tc_exchange_reply(check->exchange, &reply);
    check->exchange = NULL;
}

void tc_api_pong(tc_api *api, const tc_json *message) {
    double id = tc_json_number(message, "id", 0);
    for (int i = 0; i < TC_MAX_HEALTH_CHECKS; i++) {
        tc_health_check *check = &api->checks[i];
        if (!check->exchange || check->id != id) continue;
        if (!tc_json_bool(message, "ok", false)) {
            end_check(check, unhealthy_reply("no worker could compute a tile"));
            continue;
        }
        tc_json *body = tc_json_new_object();
        tc_json_set_string(body, "status", "ok");
        tc_json_set_number(body, "ms", (double)(tc_clock_us() - check->started_us) / 1000);
        end_check(check, json_reply(200, body));
    }
}

static void end_late_checks(void *user) {
    tc_api *api = user;
    bool more = false;
    for (int i = 0; i < TC_MAX_HEALTH_CHECKS; i++) {
        tc_health_check *check = &api->checks[i];
        if (!check->exchange) continue;
        if (tc_clock_us() - check->started_us >= TC_HEALTH_TIMEOUT_MS * 1000)
            end_check(check, unhealthy_reply("no worker has computed a tile within 5 seconds"));
        else
            more = true;
    }
    if (more) tc_timer_set(api->timer, HEALTH_INTERVAL_MS);
}

void tc_api_gone(void *user, tc_exchange *exchange) {
    tc_api *api = user;
    for (int i = 0; i < TC_MAX_HEALTH_CHECKS; i++)
        if (api->checks[i].exchange == exchange) api->checks[i].exchange = NULL;
}

// ---- Requests

static const char wrong_host[] = "This server is reached as localhost or 127.0.0.1 only; its options --host and "
                                 "--allow-origin allow other names.\n";

void tc_api_request(void *user, tc_exchange *exchange, const tc_http_request *request, tc_http_reply *reply) {
    static const struct {
        const char *path;
        tc_http_reply (*reply)(tc_api *api, tc_exchange *exchange);
    } routes[] = {
        {"/api/v1/operations", operations_reply}, {"/api/v1/status", status_reply}, {"/healthz", health_reply}};
    tc_api *api = user;
    if (!tc_access_host_allowed(&api->access, request)) {
        *reply = tc_http_reply_text(403, text_type, wrong_host);
        return;
    }
    if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0) {
        *reply = tc_http_reply_text(405, text_type, "Only GET and HEAD are allowed here.\n");
        reply->allow = "GET, HEAD";
        return;
    }
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (strcmp(routes[i].path, request->path) != 0) continue;
        *reply = routes[i].reply(api, exchange);
        return;
    }
    if (strcmp(request->path, "/ws") == 0)
        *reply = tc_http_reply_text(426, text_type,
                                    "This address is for WebSockets with the subprotocol " TC_SUBPROTOCOL ".\n");
    else
        tc_pages_reply(api->folders, request, reply);
}

void tc_api_upgrade(void *user, const tc_http_request *request, tc_http_reply *reply) {
    tc_api *api = user;
    int status = 0;
    const char *sentence = "";
    if (!tc_access_host_allowed(&api->access, request))
        status = 403, sentence = wrong_host;
    else if (strcmp(request->path, "/ws") != 0)
        status = 404, sentence = "WebSockets are accepted at /ws only.\n";
    else if (!tc_access_origin_allowed(&api->access, request))
        status = 403, sentence = "Pages of another origin may not connect; --allow-origin allows one.\n";
    else if (!tc_access_offers(request, TC_SUBPROTOCOL))
        status = 400, sentence = "A WebSocket must offer the subprotocol " TC_SUBPROTOCOL " here.\n";
    else if (api->hooks.is_full(api->hooks.user))
        status = 503, sentence = "The server has as many clients as it accepts; try again later.\n";
    if (status) *reply = tc_http_reply_text(status, text_type, sentence);
}

// ---- Record

tc_status tc_api_init(tc_api *api, tc_server *server, tc_pool *pool, const tc_access *access, const char *folder,
                      const char *extra_folder, const tc_api_hooks *hooks, tc_error *error) {
    TC_ASSERT(folder && access->host);
    *api = (tc_api){.hooks = *hooks, .access = *access, .folders = {folder, extra_folder}, .pool = pool};
    api->timer = tc_timer_new(server, end_late_checks, api);
    return api->timer ? TC_OK : tc_fail(error, TC_ERR_MEMORY, "out of memory while starting");
}

void tc_api_clear(tc_api *api) {
    tc_timer_destroy(api->timer);
    api->timer = NULL;
}
