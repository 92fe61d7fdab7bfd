import { expect, test } from 'vitest';
import { embedCode, isEmbedded, withoutEmbed } from './embed.ts';

test.each([
  ['', false],
  ['?embed', true],
  ['?embed=', true],
  ['?scenario=move-hart&embed', true],
  ['?embedded', false],
  ['?scenario=embed', false],
])('%s', (query, embedded) => {
  expect(isEmbedded(query)).toBe(embedded);
});

test.each([
  ['https://a.example/x/?embed', 'https://a.example/x/'],
  ['https://a.example/x/?embed&scenario=host#v1=AA', 'https://a.example/x/?scenario=host#v1=AA'],
])('%s outside of its frame', (address, own) => {
  expect(withoutEmbed(address)).toBe(own);
});

test('the code of a frame asks for the machine of the link, and its title stays in its attribute', () => {
  expect(embedCode('https://a.example/x/#v1=A-_', 'Archipelago: "alpha" & beta')).toBe(
    '<iframe src="https://a.example/x/?embed#v1=A-_" title="Archipelago: &quot;alpha&quot; &amp; beta" width="100%" height="680" style="border: 0" allow="cross-origin-isolated; clipboard-write" loading="lazy"></iframe>',
  );
});
