import type { EventOf } from './event.ts';

export type OrderCreated = EventOf<'OrderCreated'>;
export type OrderCreatedPayload = OrderCreated['payload'];
export type OrderLine = OrderCreatedPayload['items'][number];
