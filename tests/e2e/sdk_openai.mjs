// The OpenAI SDK as a program uses it. usage: node sdk_openai.mjs CLIENTS_DIR RELAY KEY MODEL PART
//   PART: responses, chat, or more (what only API keys can do)
import { createRequire } from 'node:module';
import { picture, sure, tell } from './sure.mjs';

const [dir, relay, apiKey, model, part] = process.argv.slice(2);
const OpenAI = createRequire(`${dir}/package.json`)('openai').default;
const client = new OpenAI({ apiKey, baseURL: `${relay}/openai/v1` });
const tools = [{ type: 'function', name: 'weather', description: 'Tells the weather', strict: false,
    parameters: { type: 'object', properties: { city: { type: 'string' } } } }];
const call = 'tool=weather tool_input={"city":"Basel"}';

async function responses() {
    const whole = await client.responses.create({ model, input: '[[fake: words=3 in=7 out=5 read=11]] hello' });
    sure(whole.output_text === 'word0 word1 word2', 'a whole answer', whole);
    sure(whole.usage.input_tokens === 18 && whole.usage.input_tokens_details.cached_tokens === 11,
        'its usage', whole.usage);

    let text = '', last;
    for await (const event of await client.responses.create({ model, store: false, stream: true,
        input: '[[fake: words=20 thinking split=9]] hello' })) {
        if (event.type === 'response.output_text.delta') text += event.delta;
        last = event;
    }
    sure(text.split(' ').length === 20 && last.type === 'response.completed', 'a stream', last);
    sure(last.response.output[0].encrypted_content, 'reasoning that can be sent again', last);

    const called = await client.responses.create({ model, tools, input: `[[fake: words=1 ${call}]] hello` });
    const item = called.output.find((i) => i.type === 'function_call');
    sure(item && JSON.parse(item.arguments).city === 'Basel', 'a tool call', called);
    const after = await client.responses.create({ model, tools, input: [
        { role: 'user', content: `[[fake: words=2 ${call}]] hello` }, item,
        { type: 'function_call_output', call_id: item.call_id, output: 'sunny' }] });
    sure(after.output_text === 'word0 word1', 'the turn after the tool', after);

    // With members that the backend of Codex refuses and the API takes.
    const seen = await client.responses.create({ model, temperature: 0.5, max_output_tokens: 50, user: 'u',
        input: [{ role: 'user', content: [
            { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${picture}` },
            { type: 'input_text', text: '[[fake: words=2 in=61 out=4 read=0]] what is this' }] }] });
    sure(seen.output_text === 'word0 word1' && seen.usage.input_tokens === 61 &&
        seen.usage.output_tokens === 4, 'a turn with an image, and its usage', seen);

    const list = [];
    for await (const m of client.models.list()) list.push(m.id);
    sure(list.length > 0, 'models.list', list);
}

async function chat() {
    const ask = (text, more = {}) => ({ model, messages: [{ role: 'user', content: text }], ...more });
    const functions = [{ type: 'function', function: { name: 'weather', parameters: tools[0].parameters } }];
    const whole = await client.chat.completions.create(ask('[[fake: words=3]] hello'));
    sure(whole.choices[0].message.content.startsWith('word0 word1 word2'), 'a whole chat', whole);

    let text = '', usage;
    for await (const chunk of await client.chat.completions.create(
        ask('[[fake: words=20 split=9]] hello', { stream: true, stream_options: { include_usage: true } }))) {
        text += chunk.choices[0]?.delta.content ?? '';
        usage = chunk.usage ?? usage;
    }
    sure(text.includes('word19') && usage?.completion_tokens === 21, 'a chat stream', { text, usage });

    const called = await client.chat.completions.create(ask(`[[fake: words=1 ${call}]] hello`,
        { tools: functions }));
    const made = called.choices[0].message.tool_calls?.[0];
    sure(called.choices[0].finish_reason === 'tool_calls' &&
        JSON.parse(made.function.arguments).city === 'Basel', 'a chat tool call', called);
    const after = await client.chat.completions.create({ model, tools: functions, messages: [
        { role: 'user', content: `[[fake: words=2 ${call}]] hello` }, called.choices[0].message,
        { role: 'tool', tool_call_id: made.id, content: 'sunny' }] });
    sure(after.choices[0].finish_reason === 'stop', 'the chat after the tool', after);

    const seen = await client.chat.completions.create({ model, messages: [{ role: 'user', content: [
        { type: 'image_url', image_url: { url: `data:image/png;base64,${picture}` } },
        { type: 'text', text: '[[fake: words=2 in=61 out=4 read=0]] what is this' }] }] });
    sure(seen.usage.prompt_tokens === 61 && seen.usage.completion_tokens === 4,
        'a chat with an image, and its usage', seen);
}

async function more() {
    const vectors = await client.embeddings.create({ model, input: 'hello', encoding_format: 'float' });
    sure(vectors.data[0].embedding.length === 3, 'embeddings', vectors);
    const image = await client.images.generate({ model, prompt: '[[fake: in=5 out=9]] a cat' });
    sure(image.data[0].b64_json, 'an image', image);
    const bad = await client.responses.create({ model,
        input: '[[fake: status=400 error=invalid_request_error message=input:+too+long]] hello' }).catch((e) => e);
    sure(bad instanceof OpenAI.BadRequestError && /input: too long/.test(bad.message),
        "the upstream's refusal", bad);
}

await { responses, chat, more }[part]();
tell();
