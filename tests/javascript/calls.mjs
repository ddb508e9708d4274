// Calls the platform by the official client as a program would, and prints what came back as one JSON object.
// OPENAI_BASE_URL and OPENAI_API_KEY say where and as whom, as they do to every program of this client.
import OpenAI from "openai";

const { chat, embedding, assistant, question } = JSON.parse(process.argv[2]);
const client = new OpenAI({ maxRetries: 0 });
const messages = [{ role: "user", content: question }];
const tool = { type: "function", function: { name: "search", parameters: { type: "object", properties: {} } } };

const ask = (model, more = {}) => client.chat.completions.create({ model, messages, ...more });
const embed = (more = {}) => client.embeddings.create({ model: embedding, input: ["one", "two"], ...more });

async function all(items) {
  const seen = [];
  for await (const item of items) seen.push(item);
  return seen;
}

// As whoever catches it sees it; nothing where there was nothing to catch.
async function caught(deed) {
  try {
    await deed();
    return null;
  } catch (error) {
    const retryAfter = error.headers?.get("retry-after") ?? null;
    return { class: error.constructor.name, status: error.status ?? null, code: error.code ?? null, retryAfter };
  }
}

async function cutOff() {
  const seen = [];
  const error = await caught(async () => {
    for await (const chunk of await ask(chat, { stream: true })) seen.push(chunk);
  });
  return { seen, error };
}

const stranger = new OpenAI({ apiKey: `sgk_${"0".repeat(40)}`, maxRetries: 0 });

// In the order in which the servers behind the models have their answers ready.
const said = {
  models: (await all(client.models.list())).map((model) => model.id),
  model: await client.models.retrieve("local/quote"),
  whole: await ask(chat),
  streamed: await all(await ask(chat, { stream: true, stream_options: { include_usage: true } })),
  called: await all(await ask(chat, { stream: true, tools: [tool], tool_choice: "auto" })),
  cutOff: await cutOff(),
  limited: await caught(() => ask(chat)),
  usual: await embed(),
  plain: await embed({ encoding_format: "float" }),
  packed: await embed({ encoding_format: "base64" }),
  stranger: await caught(() => stranger.models.list()),
  noSuchModel: await caught(() => ask("no-such")),
  assisted: await ask(assistant),
  assistedStream: await all(await ask(assistant, { stream: true })),
};
console.log(JSON.stringify(said));
