// A form for one order, for a lab that has an order service.
import { command } from './connection.ts';
import { element, place, show } from './dom.ts';
import type { Attached, OrderAnswer } from './messages.ts';

const EXAMPLE = { customer_id: 'customer-1', items: [{ sku: 'SKU-LAMP', quantity: 1, unit_price: 1999 }] };
const ANSWER_SHOWN = 300;

/** Beside the form, where whoever has posted looks. */
const answered = element('p', { role: 'status' });

export function buildOrder(): void {
  const body = element('textarea', { name: 'order', 'aria-label': 'the order', rows: 3 });
  body.value = JSON.stringify(EXAMPLE);
  const form = element(
    'form',
    {
      submit: (event) => {
        event.preventDefault();
        void post(body.value);
      },
    },
    body,
    element('div', { class: 'row' }, element('button', {}, 'Post the order')),
  );
  place('order').replaceChildren(form, answered);
}

async function post(body: string): Promise<void> {
  const answer = await command<OrderAnswer>('order', { body });
  const { status, text } = answer ?? { text: 'the lab does not answer' };
  answered.textContent = `POST /api/orders: ${status ?? 'no answer:'} ${text.slice(0, ANSWER_SHOWN)}`;
}

export function offerOrder(lab: Attached['lab']): void {
  show('order', lab?.controllable === true && lab.services.some(({ name }) => name === 'order-service'));
}
