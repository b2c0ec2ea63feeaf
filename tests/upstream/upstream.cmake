pkg_check_modules(EVENT_ALL REQUIRED IMPORTED_TARGET libevent)
add_executable(crs-fake-upstream upstream/main.c upstream/answer.c upstream/record.c
    upstream/directive.c upstream/turn.c upstream/anthropic.c upstream/oauth.c
    upstream/openai.c upstream/responses.c upstream/device.c
    upstream/gemini.c upstream/bedrock.c)
target_link_libraries(crs-fake-upstream crs_flags PkgConfig::EVENT_ALL PkgConfig::CJSON
    PkgConfig::OPENSSL)
