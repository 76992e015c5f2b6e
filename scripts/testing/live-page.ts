// For tests: what is done and seen on the live page of a lab of chapter 05.
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import type { Producer } from 'kafkajs';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { HOSTILE_TEXTS } from '#docs/site/hostile-texts.ts';

/** Topics, groups, records, a jump, the wire and a saga, as the scenario of chapter 05 has left them. */
export async function watchesTheLab(page: Page): Promise<void> {
  await page.locator('#topics', { hasText: 'orders.created[2]' }).waitFor();
  await page.locator('#groups article[data-state=Stable][data-lag="0"]').nth(2).waitFor();
  const inventory = page.locator('[aria-label="group inventory-service-group"]');
  await inventory.locator('svg[aria-label^="lag of inventory-service-group over "]').waitFor();
  await inventory.locator('tr', { hasText: /orders\.created\[2\]\s*inventory-service/ }).waitFor();
  await page.locator('#wire', { hasText: 'acks=-1' }).waitFor();
  await page.locator('#saga svg[aria-label*="OrderCreated from order-service"]').waitFor();
  await page.fill('[name=filter]', 'OrderCompleted');
  await page.waitForFunction(
    `[...document.querySelectorAll('.rows .what')].every((row) => row.textContent.includes('OrderCompleted'))`,
  );
  expect(await page.locator('.rows li').count()).toBeGreaterThan(1);
  await page.locator('.rows button').first().click();
  await page.getByRole('button', { name: 'Its saga' }).click();
  await page.locator('#saga svg[aria-label*="OrderCompleted from order-service"]').waitFor();
  await page.fill('[name=filter]', '');
  await page.selectOption('#jump select', 'notifications.sent');
  await page.fill('[name=from]', '0');
  await page.getByRole('button', { name: 'Jump' }).click();
  await page.locator('#records', { hasText: 'from there on' }).waitFor();
  expect(await page.locator('.rows .where').first().innerText()).toMatch(/^notifications\.sent\[\d\]@0$/);
  await page.selectOption('#jump select', 'orders.cancelled');
  await page.fill('[name=from]', new Date().toISOString().slice(0, 11).concat('00:00:00Z'));
  await page.getByRole('button', { name: 'Jump' }).click();
  await page.locator('.rows li:first-child .where', { hasText: /^orders\.cancelled\[\d\]@0$/ }).waitFor();
  await page.getByRole('button', { name: 'Back to live' }).click();
}

/** An order from the page, and one that its service refuses. */
export async function postsAnOrder(page: Page): Promise<void> {
  const post = () => page.getByRole('button', { name: 'Post the order' }).click();
  await post();
  await page.locator('#order', { hasText: 'POST /api/orders: 202 {' }).waitFor();
  await page.fill('[name=order]', '{"items": [');
  await post();
  await page.locator('#order', { hasText: 'POST /api/orders: 400 {' }).waitFor();
}

/** Records that would do harm to a page that trusts them; one of them written in the page's own form. */
export async function showsHostileRecords(page: Page, producer: Producer): Promise<void> {
  const topic = 'orders.created.dlq';
  const messages = HOSTILE_TEXTS.map((text) => ({ key: text, value: text, headers: { [text]: text }, partition: 0 }));
  await producer.send({ topic, messages: [...messages, { key: 'huge', value: 'x'.repeat(900_000), partition: 0 }] });
  await page.selectOption('#produce select', topic);
  await page.fill('#produce [name=value]', HOSTILE_TEXTS[0] ?? '');
  await page.fill('#produce [name=partition]', '1');
  await page.getByRole('button', { name: 'Produce' }).click();
  await page.locator('#answer', { hasText: `Stored at ${topic}[1]@0` }).waitFor();
  await page.fill('[name=filter]', topic);
  await page.locator('.rows .where', { hasText: `${topic}[1]@0` }).waitFor();
  for (const [offset, text] of HOSTILE_TEXTS.entries()) {
    await page.locator(`[data-place="${topic}[0]@${offset}"]`).click();
    await page.locator('#record h3', { hasText: `${topic}[0]@${offset}` }).waitFor();
    expect(await page.locator('#record pre').textContent()).toBe(Buffer.from(text).toString());
  }
  await page.locator(`[data-place="${topic}[0]@${HOSTILE_TEXTS.length}"]`).click();
  await page.locator('#record', { hasText: '900000 bytes' }).waitFor();
  expect((await page.locator('#record pre').textContent())?.length).toBeLessThan(5_000);
  expect(await page.title()).toBe('Live lab · Kafka Workbook');
  expect(await page.locator('main').locator('script, img, iframe, style, base, meta').count()).toBe(0);
  await page.fill('[name=filter]', '');
}

/** A record in Avro, decoded by the schema that it names. */
export async function showsWhatSchemasDescribe(page: Page, producer: Producer, registryUrl: string): Promise<void> {
  const registry = new SchemaRegistry({ host: registryUrl });
  const fields = [{ name: 'parcel', type: 'string' }];
  const schema = JSON.stringify({ type: 'record', name: 'Sent', fields });
  const { id } = await registry.register({ type: SchemaType.AVRO, schema }, { subject: 'sent' });
  const value = await registry.encode(id, { parcel: 'p-4711' });
  await producer.send({ topic: 'orders.created.dlq', messages: [{ value }] });
  await page.fill('[name=filter]', 'p-4711');
  await page.locator('.rows button').first().click();
  await page.locator('#record', { hasText: `decoded, ${value.length} bytes` }).waitFor();
  expect(await page.locator('#record pre').textContent()).toBe(JSON.stringify({ parcel: 'p-4711' }, null, 2));
  await page.fill('[name=filter]', '');
}

/** Ten thousand records a second, for three seconds. */
export async function showsAFewOfAFlood(page: Page, producer: Producer): Promise<void> {
  const messages = Array.from({ length: 1_000 }, (_, at) => ({ key: String(at), value: '{"a":1}' }));
  for (let round = 0; round < 30; round++) {
    const begin = performance.now();
    await producer.send({ topic: 'orders.completed.dlq', messages });
    await new Promise((resolve) => setTimeout(resolve, 100 - (performance.now() - begin)));
  }
  await page.locator('#records', { hasText: 'came too fast to be shown' }).waitFor();
  expect(await page.locator('.rows li').count()).toBeLessThan(100);
}

/** Does something on a page; what the page shows when it does not follow is part of the error. */
export async function onPage(page: Page, steps: () => Promise<void>): Promise<void> {
  await steps().catch(async (error: Error) => {
    throw new Error(`${error.message}\n\nThe page:\n${await page.innerText('main')}`, { cause: error });
  });
}

/** Kills, freezes and restarts. */
export async function breaksAndMends(page: Page): Promise<void> {
  const part = (name: string, state: string) => page.locator(`[data-part=${name}][data-state=${state}]`).waitFor();
  const press = (action: string) => page.getByRole('button', { name: action, exact: true }).click();
  const group = page.locator('[aria-label="group inventory-service-group"]');
  await press('kill inventory-service');
  await part('inventory-service', 'down');
  await group.and(page.locator('[data-state=Empty]')).waitFor();
  await press('pause order-service');
  await part('order-service', 'paused');
  await press('resume order-service');
  await part('order-service', 'running');
  await press('restart inventory-service');
  await group.and(page.locator('[data-state=Stable]')).waitFor();
  await page.locator('button[aria-label="kill inventory-service"]:enabled').waitFor();
  await press('kill broker-1');
  await page.locator('#connection', { hasText: 'Kafka does not answer' }).waitFor();
  await press('restart broker-1');
  await page.locator('#connection', { hasText: 'is up, at' }).waitFor();
  await part('broker-1', 'running');
}
