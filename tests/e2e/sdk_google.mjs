// The Google Gen AI SDK as a program uses it. usage: node sdk_google.mjs CLIENTS_DIR RELAY KEY MODEL PART
//   PART: turns, or more (embeddings, errors)
import { createRequire } from 'node:module';
import { picture, sure, tell } from './sure.mjs';

const [dir, relay, apiKey, model, part] = process.argv.slice(2);
const { GoogleGenAI } = createRequire(`${dir}/package.json`)('@google/genai');
const ai = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: `${relay}/gemini` } });
const tools = [{ functionDeclarations: [{ name: 'weather',
    parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } } } }] }];
const call = 'tool=weather tool_input={"city":"Basel"}';

async function turns() {
    const whole = await ai.models.generateContent({ model, contents: '[[fake: words=3 in=7 read=11]] hello' });
    sure(whole.text === 'word0 word1 word2', 'a whole answer', whole);
    sure(whole.usageMetadata.promptTokenCount === 18 &&
        whole.usageMetadata.cachedContentTokenCount === 11, 'its usage', whole.usageMetadata);

    let text = '';
    for await (const chunk of await ai.models.generateContentStream({ model,
        contents: '[[fake: words=20 thinking split=9]] hello' })) text += chunk.text ?? '';
    sure(text.split(' ').length === 20, 'a stream', text);

    const ask = `[[fake: words=1 ${call}]] hello`;
    const called = await ai.models.generateContent({ model, contents: ask, config: { tools } });
    sure(called.functionCalls?.[0].args.city === 'Basel', 'a tool call', called);
    const after = await ai.models.generateContent({ model, config: { tools }, contents: [
        { role: 'user', parts: [{ text: ask }] }, called.candidates[0].content,
        { role: 'user', parts: [{ functionResponse: { name: 'weather', response: { is: 'sunny' } } }] }] });
    sure(after.text === 'word0', 'the turn after the tool', after);

    const seen = await ai.models.generateContent({ model, contents: [{ role: 'user', parts: [
        { inlineData: { mimeType: 'image/png', data: picture } },
        { text: '[[fake: words=2 in=61 out=4 read=0]] what is this' }] }] });
    sure(seen.text === 'word0 word1' && seen.usageMetadata.promptTokenCount === 61 &&
        seen.usageMetadata.candidatesTokenCount === 4, 'a turn with an image, and its usage', seen);

    const count = await ai.models.countTokens({ model, contents: '12345678' });
    sure(count.totalTokens === 12, 'countTokens', count);
    const list = [];
    for await (const m of await ai.models.list()) list.push(m.name);
    sure(list.length > 0 && list.every((n) => n?.startsWith('models/')), 'models.list', list);
}

async function more() {
    const vectors = await ai.models.embedContent({ model: 'gemini-embedding-001', contents: 'hello' });
    sure(vectors.embeddings[0].values.length === 2, 'embedContent', vectors);
    const bad = await ai.models.generateContent({ model,
        contents: '[[fake: status=400 error=INVALID_ARGUMENT message=contents+too+long]] hello' }).catch((e) => e);
    sure(bad.status === 400 && /contents too long/.test(bad.message), "the upstream's refusal", bad);
}

await { turns, more }[part]();
tell();
