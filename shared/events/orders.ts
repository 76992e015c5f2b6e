import type { Envelope } from './envelope.ts';

export interface OrderLine {
  sku: string;
  quantity: number;
  /** cents */
  unit_price: number;
}

export interface OrderCreatedPayload {
  order_id: string;
  customer_id: string;
  items: OrderLine[];
  /** cents */
  total: number;
}

export type OrderCreated = Envelope<'OrderCreated', OrderCreatedPayload>;
