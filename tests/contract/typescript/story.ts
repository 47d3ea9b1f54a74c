// What an operator's tool does, with types that openapi-typescript has generated: node story.js URL TOKEN.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const [url, token] = process.argv.slice(2);
assert(url && token, "usage: node story.js URL TOKEN");

const OTP = "apps.otp:otp";
const client = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } });

const types = await client.GET("/plugin-types/");
assert(types.data?.results.some((kind) => kind.key === OTP));

const chain = await client.GET("/plugin-types/{type}/resolve-active/", { params: { path: { type: OTP } } });
const serving = chain.data?.selected;
assert(serving, "nothing serves");
assert.deepEqual(chain.data?.candidates.map((each) => each.verdict), ["selected", "reserve"]);
const unchanged = await client.GET("/plugin-types/{type}/resolve-active/", {
  params: { path: { type: OTP }, header: { "If-None-Match": chain.response.headers.get("ETag") ?? "" } },
});
assert.equal(unchanged.response.status, 304);

const item = await client.GET("/plugin-items/{item}/", { params: { path: { item: serving.key } } });
const tag = item.response.headers.get("ETag") ?? "";
const since = (await client.GET("/changes/")).data?.revision;
assert(since !== undefined);

const body: components["schemas"]["PluginItemInput"] = { status: "disable", reason: "INC-12: провайдер лежит" };
const conditional = { path: { item: serving.key }, header: { "If-Match": tag } };
const preview = await client.PATCH("/plugin-items/{item}/", {
  params: { path: { item: serving.id } },
  body: { ...body, dry_run: true },
});
const written = await client.PATCH("/plugin-items/{item}/", { params: conditional, body });
assert(written.data, JSON.stringify(written.error));
assert.deepEqual(preview.data?.resolves, written.data.resolves);
assert.equal(written.data.resolves[0]?.before, serving.key);
assert.notEqual(written.data.resolves[0]?.after, serving.key);

const stale = await client.PATCH("/plugin-items/{item}/", { params: conditional, body });
assert.equal(stale.response.status, 412);
assert.equal(stale.error?.code, "precondition_failed");
assert.notEqual(stale.response.headers.get("ETag"), tag);

const everything = await client.GET("/plugin-items/");
const unknown = randomUUID();
const refused = await client.POST("/plugin-items/bulk-status/", {
  body: { select: { ids: [serving.id, unknown] }, status: "active" },
});
assert.equal(refused.response.status, 409);
assert(refused.error?.errors.some((error) => error.detail.includes(unknown)));
assert.deepEqual((await client.GET("/plugin-items/")).data, everything.data);

const planned = await client.POST("/sync/", { body: { dry_run: true } });
const done = await client.POST("/sync/", { body: {} });
assert.deepEqual(planned.data?.counts, done.data?.counts);
assert.equal(planned.data?.fingerprint, done.data?.fingerprint);

const changes = await client.GET("/changes/", { params: { query: { since } } });
assert.deepEqual(
  changes.data?.results.map((change) => [change.key, change.reason]),
  [[serving.key, body.reason]],
);
const ahead = await client.GET("/changes/", { params: { query: { since: since + 1000 } } });
assert.equal(ahead.response.status, 410);
assert.equal(ahead.error?.start, 0);
