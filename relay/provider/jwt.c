/* JSON Web Tokens, as far as they tell about our own accounts. */
#include "provider/provider_int.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"

cJSON *jwt_claims(const char *token)
{
    const char *begin = token ? strchr(token, '.') : NULL;
    const char *end = begin ? strchr(begin + 1, '.') : NULL;
    if (!end || end - begin > 65536)
        return NULL;
    size_t n = (size_t)(end - begin) - 1, len = 0;
    unsigned char *raw = xmalloc(n + 1);
    cJSON *claims = NULL;
    if (sodium_base642bin(raw, n + 1, begin + 1, n, NULL, &len, NULL,
            sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0)
        claims = json_parse((const char *)raw, len, NULL);
    free(raw);
    return claims;
}
