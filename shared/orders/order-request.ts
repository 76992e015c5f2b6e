import { z } from 'zod';

// What a customer may ask for. Anything beyond these fields is ignored, so that clients can be newer than the service.

const orderLine = z.object({
  sku: z.string().min(1),
  quantity: z.int().min(1),
  /** cents */
  unit_price: z.int().min(0),
});

export const orderRequest = z.object({
  customer_id: z.string().min(1),
  items: z.array(orderLine).min(1).max(100),
});

export const batchRequest = z.object({ orders: z.array(orderRequest).min(1).max(1000) });

export type OrderRequest = z.infer<typeof orderRequest>;

/** The sum of an order's lines, in cents. */
export function totalOf({ items }: OrderRequest): number {
  return items.reduce((sum, { quantity, unit_price }) => sum + quantity * unit_price, 0);
}
