/* Bytes to the client. */
#include "flow/steps_int.h"

#include <stdio.h>
#include <time.h>

#include "base/log.h"

/* The date of RFC 9110 6.6.1. */
static void add_date(struct buf *fields)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t now = (time_t)(clock_now() / MS_SECOND);
    struct tm t;

    if (!gmtime_r(&now, &t))
        return;
    buf_addf(fields, "date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n", days[t.tm_wday], t.tm_mday,
        months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

void reply_head(struct exchange *x, int status, const struct buf *fields, int64_t length)
{
    struct buf all = BUF_INIT;

    if (!x->conn || x->replied)
        return;
    x->replied = true;
    x->reply.status = status;
    buf_add(&all, fields->data, fields->len);
    add_date(&all);
    /* By which `crs why` finds the request, whatever ids the upstream gives. */
    h1_add_fieldz(&all, "x-relay-request-id", x->id);
    h1_reply_head(x->conn, status, &all, length);
    x->out_at = clock_mono();
    buf_release(&all);
}

void reply_bytes(void *self, const char *p, size_t n)
{
    struct exchange *x = self;

    if (!x->conn)
        return;
    h1_send_body(x->conn, p, n);
    x->bytes_out += n;
    x->out_at = clock_mono();
}

void reply_ping(struct exchange *x)
{
    static const char anthropic[] = "event: ping\ndata: {\"type\": \"ping\"}\n\n";
    static const char comment[] = ": ping\n\n";

    if (x->dialect == DIALECT_ANTHROPIC)
        reply_bytes(x, anthropic, sizeof anthropic - 1);
    else
        reply_bytes(x, comment, sizeof comment - 1);
}

static void event_fields(struct buf *fields)
{
    h1_add_fieldz(fields, "content-type", "text/event-stream; charset=utf-8");
    h1_add_fieldz(fields, "cache-control", "no-cache");
    h1_add_fieldz(fields, "x-accel-buffering", "no");
}

void reply_line(struct exchange *x)
{
    struct buf fields = BUF_INIT;

    event_fields(&fields);
    reply_head(x, 200, &fields, -1);
    buf_release(&fields);
    x->line_answered = x->events = true;
    hold_init(&x->hold, HOLD_EVENTS, 0, reply_bytes, x);
    reply_ping(x);
}

void reply_set_fault(struct exchange *x)
{
    int64_t now = clock_now();

    if (!x->has_fault)
        fault_set(&x->fault, FAULT_INTERNAL, "the relay failed to answer this request");
    reply_release(&x->reply);
    x->reply.status = fault_status(&x->fault);
    fault_fields(&x->fault, x->dialect, x->id, now, &x->reply.fields);
    if (x->fault.kind == FAULT_METHOD && x->match.allow)
        h1_add_fieldz(&x->reply.fields, "allow", x->match.allow);
    fault_body(&x->fault, x->dialect, x->id, now, &x->reply.body);
}

void flow_reply_fault(struct h1_conn *c, enum h1_fault fault)
{
    struct buf fields = BUF_INIT, body = BUF_INIT;
    struct fault f;

    /* No path is known, so no dialect: Anthropic's shape has what all clients look for. */
    fault_set(&f, FAULT_INVALID, "%s", h1_fault_text(fault));
    fault_fields(&f, DIALECT_ANTHROPIC, NULL, 0, &fields);
    add_date(&fields);
    fault_body(&f, DIALECT_ANTHROPIC, NULL, 0, &body);
    h1_reply_head(c, h1_fault_status(fault), &fields, (int64_t)body.len);
    h1_send_body(c, body.data, body.len);
    h1_send_end(c);
    buf_release(&fields);
    buf_release(&body);
}
