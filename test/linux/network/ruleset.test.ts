// The ruleset's text, and what counts as the same rules.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildInstance, type Instance } from '../../../src/domain/instance.ts';
import { buildRemoval, buildRuleset, formatListing } from '../../../src/linux/network/ruleset.ts';

const small: Instance = { name: 'tenantctl_0000abcd', slots: { first: 249, count: 2 } };

test('the ruleset of an instance with two slots is this text', () => {
  assert.equal(
    buildRuleset(small),
    `table inet tenantctl_0000abcd
delete table inet tenantctl_0000abcd
table inet tenantctl_0000abcd {
  set links {
    type ifname
    elements = { "tct249", "tct250" }
  }
  set own4 {
    type ifname . ipv4_addr
    elements = { "tct249" . 10.96.0.251, "tct250" . 10.96.1.2 }
  }
  set own6 {
    type ifname . ipv6_addr
    elements = { "tct249" . fd77:7465:6e61::fb, "tct250" . fd77:7465:6e61::fc }
  }
  set discovery {
    type ifname
    size 2
    flags dynamic
  }
  chain raw {
    type filter hook prerouting priority raw; policy accept;
    iifname @links goto source
  }
  chain source {
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 ip6 saddr :: accept
    iifname . ip saddr @own4 accept
    iifname . ip6 saddr @own6 accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 ip6 saddr fe80::/10 add @discovery { iifname limit rate 1/second burst 10 packets } accept
    drop
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname @links drop
    oifname @links drop
  }
  chain input {
    type filter hook input priority filter; policy accept;
    iifname @links goto host
  }
  chain host {
    ct state established,related accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept
    drop
  }
}
`,
  );
});

test('the ruleset of the default instance names each of its slots once', () => {
  const instance = buildInstance('/var/lib/tenantctl');
  const names = buildRuleset(instance).match(/"tct\d+"/g) ?? [];
  assert.equal(names.length, 3 * instance.slots.count);
  assert.equal(new Set(names).size, instance.slots.count);
});

test('removal makes the table first, so that it also works when there is none', () => {
  assert.equal(buildRemoval(small), 'table inet tenantctl_0000abcd\ndelete table inet tenantctl_0000abcd\n');
});

const listing = (handle: number, elements: readonly string[], verdict = 'drop'): string =>
  JSON.stringify({
    nftables: [
      { metainfo: { version: '1.0.6' } },
      { table: { family: 'inet', name: 't', handle } },
      { set: { family: 'inet', name: 'links', table: 't', handle, elem: elements } },
      { rule: { family: 'inet', table: 't', chain: 'forward', handle, expr: [{ [verdict]: null }] } },
    ],
  });

test('two listings are equal whatever their handles and the order of set elements', () => {
  assert.equal(formatListing(listing(1, ['a', 'b'])), formatListing(listing(9, ['b', 'a'])));
});

test('another verdict or a missing element is another listing', () => {
  assert.notEqual(formatListing(listing(1, ['a', 'b'])), formatListing(listing(1, ['a', 'b'], 'accept')));
  assert.notEqual(formatListing(listing(1, ['a', 'b'])), formatListing(listing(1, ['a'])));
});

test('no rules and no JSON are no listing', () => {
  assert.equal(formatListing('{"nftables": [{"table": {"name": "t"}}]}'), undefined);
  assert.equal(formatListing('Error: No such file or directory'), undefined);
});

test('what packets put into a dynamic set does not count as another listing', () => {
  const dynamic = (...elem: string[]): string => {
    const { nftables } = JSON.parse(listing(1, ['a'])) as { nftables: object[] };
    return JSON.stringify({
      nftables: [...nftables, { set: { family: 'inet', name: 'discovery', table: 't', flags: ['dynamic'], elem } }],
    });
  };
  assert.equal(formatListing(dynamic()), formatListing(dynamic('tct1')));
  assert.notEqual(formatListing(dynamic()), formatListing(listing(1, ['a'])));
});
