// Compares what clients sent to the relay with what reached the upstream. Equal they must be, but
// for the list in README.md, "What the relay changes in a request", written out below.
// usage: node faithful.mjs RECORD_FILE FAKE_URL FROM FAKE_FROM KIND SECRET...
//   FROM, FAKE_FROM: how many requests of each side lie before those to be compared
//   SECRET: texts that must not have reached the upstream
import { readFileSync } from 'node:fs';

const [recordFile, fake, from, fakeFrom, kind, ...secrets] = process.argv.slice(2);

const notSent = new RegExp('^(' + [
    'authorization', 'proxy-authorization', 'x-api-key', 'x-goog-api-key', 'api-key', 'cookie',
    'x-cr-api-key', 'host', 'content-length', 'expect', 'accept-encoding', 'sec-websocket-.*',
    'connection', 'proxy-connection', 'keep-alive', 'te', 'transfer-encoding', 'upgrade', 'trailer',
    'forwarded', 'via', 'x-forwarded-.*', 'x-real-ip', 'x-client-ip', 'x-cluster-client-ip',
    'true-client-ip', 'cf-.*', 'cdn-loop'].join('|') + ')$', 'i');
const accountIds = /^(openai-organization|openai-project|openai-platform|chatgpt-account-id)$/i;

// The model member turned into another, in the text itself: nothing else may have moved.
function inPlace(body, name, text) {
    const value = JSON.stringify(JSON.parse(body)[name]);
    return body.replace(new RegExp(`"${name}"\\s*:\\s*${value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}`),
        () => text);
}
// Members taken out of the root, everything else as it was and in its order.
const without = (body, names) => JSON.stringify(JSON.parse(body),
    (key, value) => (key === '' ? Object.fromEntries(
        Object.entries(value).filter(([name]) => !names.includes(name))) : value));

const bedrockRefuses = ['stream', 'context_management', 'output_config', 'service_tier',
    'container', 'mcp_servers', 'speed', 'safeguards'];

// One row a kind: which headers are its own (not compared, but checked where there is a check), and
// what becomes of path and body.
const kinds = {
    claude: {
        path: (t) => t.replace(/^\/(api|claude)\//, '/'),
        own: { 'anthropic-beta': (was, is) => is === (was ? was + ',' : '') + 'oauth-2025-04-20',
            authorization: (was, is) => /^Bearer sk-ant-oat/.test(is) },
    },
    'claude-console': {
        path: (t) => t.replace(/^\/(api|claude)\//, '/'),
        own: { 'anthropic-beta': (was, is) => was === is,
            'x-api-key': (was, is) => /^sk-ant-/.test(is) },
    },
    bedrock: {
        path: (t, b) => `/model/[^/]*/invoke${b.stream ? '-with-response-stream' : ''}`,
        drop: /^(accept|content-type)$/i,
        own: { accept: (was, is) => is === 'application/json',
            'content-type': (was, is) => is === 'application/json',
            authorization: (was, is) => /^(AWS4-HMAC-SHA256 |Bearer )/.test(is),
            'x-amz-date': (was, is) => /^\d{8}T\d{6}Z$/.test(is),
            'x-amz-content-sha256': (was, is) => /^[0-9a-f]{64}$/.test(is),
            'x-amz-security-token': () => true },
        body: (b) => without(inPlace(b, 'model', '"anthropic_version":"bedrock-2023-05-31"'),
            bedrockRefuses),
        loose: true,
    },
    vertex: {
        path: (t, b) => '/v1/projects/[^/]*/locations/[^/]*/publishers/' + (/messages/.test(t)
            ? `anthropic/models/[^/]*:${b.stream ? 'streamRawPredict' : 'rawPredict'}`
            : `google/models/${t.replace(/^.*models\//, '').replace(/[?]/g, '\\?')}`),
        own: { authorization: (was, is) => /^Bearer /.test(is) },
        body: (b, t) => (/messages/.test(t)
            ? inPlace(b, 'model', '"anthropic_version":"vertex-2023-10-16"') : b),
    },
    codex: {
        path: (t) => t.replace(/^\/(openai\/)?(v1\/)?/, '/backend-api/codex/'),
        drop: accountIds,
        own: { authorization: (was, is) => /^Bearer /.test(is), 'chatgpt-account-id': () => true },
        body: (b, t, headers) => (/compact/.test(t) ? b : asCodexDemands(b, headers)),
    },
    'openai-responses': {
        path: (t) => t.replace(/^\/(openai\/)?(v1\/)?/, '/v1/'),
        drop: accountIds,
        own: { authorization: (was, is) => /^Bearer /.test(is) },
    },
    gemini: {
        path: (t) => t.replace(/^\/gemini/, '').replace(/^\/v1(beta)?\/models\/[^:]*/, '/v1internal'),
        drop: /^x-goog-user-project$/i,
        own: { authorization: (was, is) => /^Bearer /.test(is) },
        body: inProject,
    },
    'gemini-api': {
        path: (t) => t.replace(/^\/gemini/, ''),
        own: { 'x-goog-api-key': () => true },
    },
    droid: {
        path: (t) => t.replace('/droid/claude/v1/', '/api/llm/a/v1/')
            .replace('/droid/openai/responses', '/api/llm/o/v1/responses')
            .replace('/droid/openai/v1/', '/api/llm/o/v1/')
            .replace('/droid/comm/v1/', '/api/llm/o/v1/'),
        drop: /^(x-api-provider|openai-platform)$/i,
        own: { authorization: (was, is) => /^Bearer /.test(is),
            'x-api-provider': (was, is) => /^[a-z_]+$/.test(is) },
    },
};

// The backend of Codex takes streams that are not stored, with instructions, and refuses some members.
// Codex itself, which names itself in `originator`, sends what is demanded: nothing moves there.
const codexRefuses = ['temperature', 'top_p', 'max_output_tokens', 'user', 'metadata', 'truncation',
    'frequency_penalty', 'presence_penalty', 'prompt_cache_retention', 'safety_identifier',
    'stream_options'];
function asCodexDemands(body, headers) {
    const o = JSON.parse(body);
    if (o.stream === true && find(headers, 'originator')) return body;
    for (const [name, value, fits] of [['instructions', '', typeof o.instructions === 'string'],
        ['store', false, o.store === false], ['stream', true, o.stream === true]])
        if (o[name] === undefined) body = body.replace('{', `{"${name}":${JSON.stringify(value)},`);
        else if (!fits) body = inPlace(body, name, `"${name}":${JSON.stringify(value)}`);
    return codexRefuses.some((name) => name in o) ? without(body, codexRefuses) : body;
}

// Code Assist: the project is the account's, and requests in the public format go into its envelope.
function inProject(body, target) {
    const project = 'fake-project';
    const [, model, method] = /models\/([^:]*):(\w+)/.exec(target) ?? [];
    if (method === 'countTokens')
        return `{"request":{"model":"models/${model}",${body.slice(1)}}`;
    if (model) return `{"model":"${model}","project":"${project}","request":${body}}`;
    const o = JSON.parse(body);
    for (const name of ['project', 'cloudaicompanionProject'])
        if (o[name] !== undefined && o[name] !== project)
            body = inPlace(body, name, `"${name}":"${project}"`);
    if (/enerateContent|retrieveUserQuota/.test(target) && o.project === undefined)
        body = body.replace('{', `{"project":"${project}",`);
    return body;
}

const rule = kinds[kind];
const find = (headers, name) =>
    headers.filter(([n]) => n.toLowerCase() === name).map(([, v]) => v).join(',') || undefined;
const same = (text, want) => (rule.loose ? JSON.stringify(JSON.parse(text)) : text) === want;

function differences(sent, got) {
    const out = [];
    const parsed = sent.body.startsWith('{') ? JSON.parse(sent.body) : {};
    const path = rule.path(sent.target.replace(/([?&])key=[^&]*&?/, '$1').replace(/[?&]$/, ''), parsed);
    if (kind === 'bedrock' || kind === 'vertex'
        ? !new RegExp(`^${path}$`).test(got.target) : path !== got.target)
        out.push(`path: '${path}' became '${got.target}'`);
    const body = rule.body && sent.body ? rule.body(sent.body, sent.target, sent.headers) : sent.body;
    if (!same(got.body, body)) {
        let at = 0;
        while (at < body.length && body[at] === got.body[at]) at++;
        out.push(`body: differs at ${at}: '${body.slice(at, at + 60)}' became '${got.body.slice(at, at + 60)}'`);
    }
    const was = sent.headers.filter(([n]) => !notSent.test(n) && !rule.drop?.test(n) &&
        !(n.toLowerCase() in rule.own));
    const is = got.headers.filter(([n]) => !/^(host|content-length|accept-encoding|connection)$/i.test(n) &&
        !(n.toLowerCase() in rule.own));
    // What an API demands when the client does not say it.
    if (!find(was, 'anthropic-version') && /claude/.test(kind) && is.at(-1)?.[0] === 'anthropic-version')
        is.pop();
    for (let i = 0; i < Math.max(was.length, is.length); i++)
        if (was[i]?.join(': ') !== is[i]?.join(': ')) {
            out.push(`header: '${was[i]?.join(': ')}' became '${is[i]?.join(': ')}'`);
            break;
        }
    if (find(got.headers, 'accept-encoding') !== 'identity') out.push('accept-encoding is not identity');
    for (const [name, check] of Object.entries(rule.own)) {
        const [a, b] = [find(sent.headers, name), find(got.headers, name)];
        if (b === undefined ? a !== undefined && /beta/.test(name) : !check(a, b))
            out.push(`${name}: '${a}' became '${b}'`);
    }
    return out;
}

// What the relay itself asks about accounts, with their credentials, whenever it is due: no client
// stands behind it, so it names none, which every client does.
const isOwn = (r) => /v1internal:(loadCodeAssist|retrieveUserQuota)$/.test(r.target) &&
    !find(r.headers, 'user-agent');
const isData = (r) => r.method === 'POST' && !isOwn(r) &&
    !/oauth|token$|authenticate|deviceauth|device$/.test(r.target);
const sent = readFileSync(recordFile, 'utf8').split('\n').filter(Boolean).slice(Number(from))
    .map((line) => JSON.parse(line)).filter((r) => r.method === 'POST' && !/event_logging/.test(r.target));
const all = (await (await fetch(`${fake}/fake/requests`)).json()).slice(Number(fakeFrom));
const left = all.filter(isData);
// Each window is of a key that is bound to one account.
const credentials = new Set();
let bad = 0;
const complain = (text) => {
    bad++;
    console.error(`  ${text}`);
};

for (const s of sent) {
    // The nearest of those that are left is the one to speak of.
    const ranked = left.map((g) => [g, differences(s, g)]).sort((a, b) => a[1].length - b[1].length);
    if (!ranked.length) {
        complain(`${s.target}: did not reach the upstream`);
        continue;
    }
    const [g, diff] = ranked[0];
    diff.forEach((d) => complain(`${s.target}: ${d}`));
    left.splice(left.indexOf(g), 1);
    const credential = ['authorization', 'x-api-key', 'x-goog-api-key']
        .map((name) => find(g.headers, name)).find(Boolean);
    if (!/^AWS4/.test(credential)) credentials.add(credential);
}
if (credentials.size > 1) complain(`${credentials.size} accounts were used, not one`);
left.forEach((g) => complain(`${g.target}: nobody sent this`));
for (const secret of secrets)
    if (JSON.stringify(all).includes(secret)) complain('a relay key reached the upstream');
if (!sent.length) complain('no request was recorded');
if (bad) process.exit(1);
console.log(`${sent.length} requests reached the upstream as they were sent`);
