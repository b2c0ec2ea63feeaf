/* The form of metadata.user_id. */
#include "rule/rule_int.h"

#include <ctype.h>
#include <string.h>
#include "common/json.h"

static bool filled(const cJSON *v)
{
    return cJSON_IsString(v) && v->valuestring[0];
}

static bool valid_json(const char *s)
{
    cJSON *o = json_parse(s, strlen(s), NULL);
    const cJSON *account = json_at(o, "account_uuid");
    bool ok = cJSON_IsObject(o) && filled(json_at(o, "device_id")) &&
              filled(json_at(o, "session_id")) && (!account || cJSON_IsString(account));
    cJSON_Delete(o);
    return ok;
}

bool user_id_valid(const char *s)
{
    static const char user[] = "user_", account[] = "_account_", session[] = "_session_";
    if (!s)
        return false;
    if (*s == '{')
        return valid_json(s);
    if (!text_starts(s, user))
        return false;
    s += sizeof user - 1;
    for (int i = 0; i < 64; i++, s++) {
        if (!isxdigit((unsigned char)*s))
            return false;
    }
    if (!text_starts(s, account))
        return false;
    s += sizeof account - 2; /* the account may be empty: its last '_' may begin "_session_" */
    const char *found = NULL;
    for (const char *p = s; (p = strstr(p, session)); p++)
        found = p;
    if (!found)
        return false;
    s = found + sizeof session - 1;
    size_t n = strspn(s, "0123456789abcdef-");
    return n > 0 && s[n] == 0;
}
