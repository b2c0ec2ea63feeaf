// What a program on an SDK learns of a refusal, with the SDK's own settings.
// usage: node sdk_refused.mjs CLIENTS_DIR RELAY KEY anthropic|responses|chat|google
import { createRequire } from 'node:module';

const [dir, relay, apiKey, api] = process.argv.slice(2);
const load = createRequire(`${dir}/package.json`);
const asks = {
    anthropic() {
        const { default: Anthropic } = load('@anthropic-ai/sdk');
        return new Anthropic({ apiKey, baseURL: `${relay}/api` }).messages.create({ stream: true,
            model: 'claude-sonnet-5-5', max_tokens: 9, messages: [{ role: 'user', content: 'hello' }] });
    },
    responses() {
        const { default: OpenAI } = load('openai');
        return new OpenAI({ apiKey, baseURL: `${relay}/openai/v1` }).responses.create({ stream: true,
            model: 'gpt-5.4', input: 'hello' });
    },
    chat() {
        const { default: OpenAI } = load('openai');
        return new OpenAI({ apiKey, baseURL: `${relay}/openai/v1` }).chat.completions.create({
            model: 'gpt-5.4', messages: [{ role: 'user', content: 'hello' }] });
    },
    google() {
        const { GoogleGenAI } = load('@google/genai');
        return new GoogleGenAI({ apiKey, httpOptions: { baseUrl: `${relay}/gemini` } }).models
            .generateContentStream({ model: 'gemini-2.5-pro', contents: 'hello' });
    },
};
const error = await asks[api]().catch((e) => e);
console.log(`status ${error.status}, ${error.message}`);
