// HTTP: the page, the catalogue, the status, the health check, and who may open a WebSocket.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "backend/gateway.h"
#include "backend/pages.h"
#include "control/catalogue.h"
#include "core/version.h"

static const char json_type[] = "application/json";
static const char text_type[] = "text/plain; charset=utf-8";

static tc_http_reply json_reply(int status, tc_json *message) {
    char *text = tc_json_print(message);
    tc_json_destroy(message);
    return text ? tc_http_reply_text(status, json_type, text)
                : tc_http_reply_text(503, text_type, strdup("The server is out of memory.\n"));
}

static void reply_operations(tc_gateway *gateway, tc_exchange *exchange, tc_http_reply *reply) {
    (void)gateway, (void)exchange;
    *reply = json_reply(200, tc_catalogue_to_json());
}

static void add_ranks(tc_json *pool, const tc_pool_view *view) {
    tc_json *ranks = tc_json_set_array(pool, "ranks");
    for (int i = 0; i < view->rank_count; i++) {
        tc_json *rank = tc_json_add_object(ranks);
        tc_json_set_number(rank, "rank", view->ranks[i].rank);
        tc_json_set_number(rank, "pid", view->ranks[i].pid);
        tc_json_set_string(rank, "host", view->ranks[i].host);
        tc_json_set_string(rank, "state", view->ranks[i].lost ? "lost" : "alive");
    }
}

static void reply_status(tc_gateway *gateway, tc_exchange *exchange, tc_http_reply *reply) {
    (void)exchange;
    tc_pool_view view = tc_pool_look(gateway->pool);
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "version", TC_VERSION);
    tc_json_set_number(message, "uptime_s", (double)((tc_now_us() - gateway->started_us) / 1000000));
    tc_json *pool = tc_json_set_object(message, "pool");
    tc_json_set_string(pool, "state", tc_pool_state_name(view.state));
    tc_json_set_number(pool, "pid", view.pid);
    tc_json_set_number(pool, "restarts", view.restarts);
    tc_json_set_number(pool, "workers", view.workers);
    add_ranks(pool, &view);
    tc_json *jobs = tc_json_set_object(message, "jobs");
    tc_json_set_number(jobs, "waiting", gateway->waiting);
    tc_json_set_number(jobs, "running", gateway->running_count);
    tc_json_set_number(jobs, "done", (double)gateway->done);
    tc_json_set_number(jobs, "failed", (double)gateway->failed);
    tc_json_set_number(message, "clients", gateway->client_count);
    tc_json_set_number(message, "spool_bytes", (double)gateway->spool.used);
    tc_gateway_set_limits(gateway, message);
    *reply = json_reply(200, message);
}

// ---- Health

static tc_http_reply unhealthy(const char *sentence) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "status", "down");
    tc_json_set_string(message, "error", sentence);
    return json_reply(503, message);
}

static void reply_health(tc_gateway *gateway, tc_exchange *exchange, tc_http_reply *reply) {
    tc_health *free_place = NULL;
    for (int i = 0; i < TC_MAX_HEALTH; i++)
        if (!gateway->health[i].exchange) free_place = &gateway->health[i];
    if (tc_pool_look(gateway->pool).state != TC_POOL_READY) {
        *reply = unhealthy("the pool of workers is not ready");
    } else if (!free_place) {
        *reply = unhealthy("too many health checks at once");
    } else {
        *free_place = (tc_health){.exchange = exchange, .id = ++gateway->next_health, .started_us = tc_now_us()};
        tc_json *ping = tc_json_new_object();
        tc_json_set_string(ping, "type", "ping");
        tc_json_set_number(ping, "id", free_place->id);
        tc_pool_send(gateway->pool, ping);
        tc_json_destroy(ping);
        tc_timer_set(gateway->health_timer, 1000);
    }
}

static void end_health(tc_health *health, tc_http_reply reply) {
    tc_exchange_reply(health->exchange, &reply);
    health->exchange = NULL;
}

void tc_api_pong(tc_gateway *gateway, const tc_json *message) {
    double id = tc_json_number(message, "id", 0);
    for (int i = 0; i < TC_MAX_HEALTH; i++) {
        tc_health *health = &gateway->health[i];
        if (!health->exchange || health->id != id) continue;
        if (!tc_json_bool(message, "ok", false)) {
            end_health(health, unhealthy("no worker could compute a tile"));
            continue;
        }
        tc_json *body = tc_json_new_object();
        tc_json_set_string(body, "status", "ok");
        tc_json_set_number(body, "ms", (double)(tc_now_us() - health->started_us) / 1000);
        end_health(health, json_reply(200, body));
    }
}

void tc_api_check_health(void *user) {
    tc_gateway *gateway = user;
    bool more = false;
    for (int i = 0; i < TC_MAX_HEALTH; i++) {
        tc_health *health = &gateway->health[i];
        if (!health->exchange) continue;
        if (tc_now_us() - health->started_us >= TC_HEALTH_MS * 1000)
            end_health(health, unhealthy("no worker has computed a tile within 5 seconds"));
        else
            more = true;
    }
    if (more) tc_timer_set(gateway->health_timer, 100);
}

void tc_api_gone(void *user, tc_exchange *exchange) {
    tc_gateway *gateway = user;
    for (int i = 0; i < TC_MAX_HEALTH; i++)
        if (gateway->health[i].exchange == exchange) gateway->health[i].exchange = NULL;
}

// ---- Names of this server

static bool is_local_name(const char *name, size_t n) {
    static const char end[] = ".localhost";
    size_t tail = sizeof end - 1;
    if (n >= 2 && name[0] == '[' && name[n - 1] == ']') name++, n -= 2;
    if (n == tail - 1 && strncasecmp(name, end + 1, n) == 0) return true;
    if (n > tail && strncasecmp(name + n - tail, end, tail) == 0) return true;
    if (n == 3 && strncmp(name, "::1", n) == 0) return true;
    return n > 4 && strncmp(name, "127.", 4) == 0 && strspn(name, "0123456789.") >= n;
}

// A server for this machine only is asked for under a name of this machine. Any other name that leads here is one whose
// owner had it resolve to this machine, so that a page of his counts as ours.
static bool host_allowed(const tc_gateway *gateway, const tc_http_request *request) {
    const char *here = gateway->options.host, *host = request->host, *allowed = gateway->options.allow_origin;
    if (!host[0] || !is_local_name(here, strlen(here))) return true;
    const char *name = allowed ? strstr(allowed, "://") : NULL;
    if (name && strcasecmp(name + 3, host) == 0) return true;
    return is_local_name(host, host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":"));
}

static const char wrong_host[] = "This server is reached as localhost or 127.0.0.1 only; its options --host and "
                                 "--allow-origin let other names in.\n";

// ---- Requests

void tc_api_request(void *user, tc_exchange *exchange, const tc_http_request *request, tc_http_reply *reply) {
    static const struct {
        const char *path;
        void (*reply)(tc_gateway *gateway, tc_exchange *exchange, tc_http_reply *reply);
    } routes[] = {
        {"/api/v1/operations", reply_operations}, {"/api/v1/status", reply_status}, {"/healthz", reply_health}};
    tc_gateway *gateway = user;
    if (!host_allowed(gateway, request)) {
        *reply = tc_http_reply_text(403, text_type, strdup(wrong_host));
        return;
    }
    if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0) {
        *reply = tc_http_reply_text(405, text_type, strdup("Only GET and HEAD are allowed here.\n"));
        reply->allow = "GET, HEAD";
        return;
    }
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (strcmp(routes[i].path, request->path) != 0) continue;
        routes[i].reply(gateway, exchange, reply);
        return;
    }
    if (strcmp(request->path, "/ws") == 0) {
        *reply = tc_http_reply_text(426, text_type, strdup("This address takes WebSockets with tilecast.v1.\n"));
        return;
    }
    const char *folders[] = {gateway->options.web, gateway->options.static_folder, NULL};
    tc_pages_reply(folders, request, reply);
}

// ---- Who may open a WebSocket

// A browser tells the page's origin. Ours are those under the very host and port that the request went to.
static bool origin_allowed(const tc_gateway *gateway, const tc_http_request *request) {
    const char *origin = request->origin;
    if (!origin[0]) return true; // not a browser
    if (gateway->options.allow_origin && strcasecmp(origin, gateway->options.allow_origin) == 0) return true;
    const char *host = strstr(origin, "://");
    bool web = strncasecmp(origin, "http://", 7) == 0 || strncasecmp(origin, "https://", 8) == 0;
    return web && request->host[0] && strcasecmp(host + 3, request->host) == 0;
}

static bool asks_for(const char *protocols, const char *name) {
    size_t n = strlen(name);
    for (; *protocols; protocols += strcspn(protocols, ",")) {
        protocols += strspn(protocols, " ,\t");
        if (strncmp(protocols, name, n) == 0 && strchr(" ,\t", protocols[n])) return true;
    }
    return false;
}

void tc_api_upgrade(void *user, const tc_http_request *request, tc_http_reply *reply) {
    const tc_gateway *gateway = user;
    int status = 0;
    const char *sentence = "";
    if (!host_allowed(gateway, request))
        status = 403, sentence = wrong_host;
    else if (strcmp(request->path, "/ws") != 0)
        status = 404, sentence = "WebSockets are taken at /ws only.\n";
    else if (!origin_allowed(gateway, request))
        status = 403, sentence = "Pages of another origin may not connect; --allow-origin lets one in.\n";
    else if (!asks_for(request->protocols, "tilecast.v1"))
        status = 400, sentence = "A WebSocket here must ask for the subprotocol tilecast.v1.\n";
    else if (gateway->client_count >= TC_MAX_CLIENTS)
        status = 503, sentence = "As many clients are connected as the server takes; try again later.\n";
    if (status) *reply = tc_http_reply_text(status, text_type, strdup(sentence));
}
