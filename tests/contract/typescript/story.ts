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

// Whether all is well, and what serves; back to the first by a promotion, which is then undone.
const fallback = written.data.resolves[0]?.after;
const status = await client.GET("/status/");
assert(status.data?.healthy);
assert.equal(status.data.plugin_types.find((kind) => kind.plugin_type === OTP)?.selected, fallback);
const row = await client.GET("/plugin-items/{item}/", { params: { path: { item: serving.key } } });
const target = { path: { item: serving.key }, header: { "If-Match": row.response.headers.get("ETag") ?? "" } };
const tried = await client.POST("/plugin-items/{item}/promote/", {
  params: { path: { item: serving.id } },
  body: { dry_run: true },
});
const promoted = await client.POST("/plugin-items/{item}/promote/", { params: target, body: { reason: "It is over" } });
assert(promoted.data, JSON.stringify(promoted.error));
assert.deepEqual(tried.data?.resolves, promoted.data.resolves);
assert.equal(promoted.data.resolves[0]?.after, serving.key);
const late = await client.POST("/plugin-items/{item}/promote/", { params: target, body: {} });
assert.equal(late.response.status, 412);

const revert = (revision: number | null) =>
  client.POST("/changes/{revision}/revert/", {
    params: { path: { revision: revision ?? 0 } },
    body: { reason: "Too early" },
  });
const backAlready = await revert(written.data.revision);
assert.equal(backAlready.response.status, 200);
assert.equal(backAlready.data?.revision, null);
const undone = await revert(promoted.data.revision);
assert.equal(undone.data?.resolves[0]?.after, fallback);
const conflict = await revert(written.data.revision);
assert.equal(conflict.response.status, 409);
assert(conflict.error?.errors.some((error) => error.detail.includes(serving.key)));
assert.equal((await revert(undone.data.revision! + 1)).response.status, 404);

// Nothing usable: refused, or by force told to who polls, until that is undone.
const all = await client.GET("/plugin-items/", { params: { query: { plugin_type: OTP } } });
const chosen = { select: { ids: all.data?.results.map((each) => each.id) ?? [] }, status: "disable" } as const;
assert.equal((await client.POST("/plugin-items/bulk-status/", { body: chosen })).response.status, 409);
const outage = await client.POST("/plugin-items/bulk-status/", { body: { ...chosen, force: true } });
const bad = await client.GET("/status/");
assert.equal(bad.response.status, 503);
assert(bad.error && "plugin_types" in bad.error);
assert.deepEqual(bad.error.plugin_types.filter((kind) => !kind.healthy).map((kind) => kind.plugin_type), [OTP]);
assert.equal((await revert(outage.data?.revision ?? null)).response.status, 200);
assert((await client.GET("/status/")).data?.healthy);
