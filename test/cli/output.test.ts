// Pieces of output: escaping, tables, frames, help, completions.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { IncidentView } from '../../src/api/scheduler-contract.ts';
import { planStart } from '../../src/cli/autostart.ts';
import { publicNames } from '../../src/cli/commands.ts';
import { loadDefinitions } from '../../src/cli/help.ts';
import { wrapText } from '../../src/cli/output/help.ts';
import { renderIncidentDetails, renderIncidents } from '../../src/cli/output/incidents.ts';
import { buildFrame, cutFrame } from '../../src/cli/output/refresh.ts';
import { plainPaint } from '../../src/cli/output/style.ts';
import { renderTable } from '../../src/cli/output/table.ts';
import { renderTop } from '../../src/cli/output/top.ts';
import { buildBashCompletion } from '../../src/cli/pages/bash.ts';
import { buildManPage } from '../../src/cli/pages/man.ts';
import { pickEnvironment } from '../../src/cli/programs.ts';
import { escapeLine, escapeText } from '../../src/reports/escape.ts';
import { aTenant, aTop } from '../support/fake-daemon.ts';

const NOW_ISO = '2026-11-24T12:00:00.000Z';

describe('escaping', () => {
  it('leaves nothing that a terminal obeys, whatever a tenant writes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        assert.doesNotMatch(escapeLine(text), /[^\P{Cc}\t]|\p{Cf}|\p{Zl}|\p{Zp}/u);
      }),
    );
  });

  it('keeps lines and plain text as they are', () => {
    assert.equal(escapeText('a\tb ü 漢\r\nc\rd\n'), 'a\tb ü 漢\nc\\x0dd\n');
  });
});

describe('incidents', () => {
  it('leave nothing that a terminal obeys of the names of processes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (name) => {
        const incident: IncidentView = {
          ...{ id: 1, tenant: 'alice', kind: name, openedAt: NOW_ISO, closedAt: null, count: 1 },
          ...{ summary: name, action: name, outcome: name },
          evidence: {
            processes: [{ name, pid: 1, cpuUsec: 0, memory: 0, memoryDelta: 0 }],
            pressure: null,
            neighbours: [{ name, cpu: 0, memory: 0 }],
            figures: { [name]: name },
          },
        };
        const look = { now: Date.parse(NOW_ISO), zone: 'UTC', width: 80, paint: plainPaint };
        for (const text of [renderIncidents([incident], look), renderIncidentDetails([incident], look)])
          assert.doesNotMatch(text, /[^\P{Cc}\t\n]|\p{Cf}|\p{Zl}|\p{Zp}/u);
      }),
    );
  });
});

describe('tables', () => {
  const columns = [
    { title: 'A', cell: (row: string) => row },
    { title: 'LONG', priority: 2, cell: () => 'xxxxxxxx' },
    { title: 'N', right: true, priority: 3, cell: () => '5' },
  ];

  it('leave out the least important column first, and never the first ones', () => {
    const render = (width: number): string => renderTable(columns, ['q'], { width, paint: plainPaint });
    assert.equal(render(80), 'A  LONG      N\nq  xxxxxxxx  5\n');
    assert.equal(render(13), 'A  LONG\nq  xxxxxxxx\n');
    assert.equal(render(3), 'A\nq\n');
  });

  it('cut a sentence before they leave it out', () => {
    const sentence = {
      title: 'WHY',
      priority: 2,
      cuts: true as const,
      cell: () => 'a sentence of forty letters, more or less',
    };
    const render = (width: number): string =>
      renderTable([...columns.slice(0, 1), sentence], ['q'], { width, paint: plainPaint });
    assert.equal(render(80), 'A  WHY\nq  a sentence of forty letters, more or less\n');
    assert.equal(render(30), 'A  WHY\nq  a sentence of forty letter…\n');
    assert.equal(render(19), 'A  WHY\nq  a sentence of f…\n');
    assert.equal(render(18), 'A\nq\n');
  });

  it('of top fit 80, 120 and 200 columns', () => {
    const view = aTop(['alice', 'bob', 'a-name-of-thirty-characters-ok'].map((name) => aTenant({ name })));
    for (const width of [80, 120, 200])
      for (const line of renderTop(view, { width, paint: plainPaint }).split('\n'))
        assert.ok(line.length <= width, line);
    assert.match(renderTop(view, { width: 200, paint: plainPaint }), /WAIT c\/m\/i/);
  });

  it('never show 0 for what is not known', () => {
    const text = renderTop(aTop([aTenant({ usage: null })]), { width: 200, paint: plainPaint });
    assert.match(text, /^alice +running +–\/1 +– +– +–\/512M +– +–\/512 +–\/5G +– +– +–$/m);
  });
});

describe('frames', () => {
  it('move up over the last one, erase to the end of each line and what is below', () => {
    assert.equal(buildFrame(['a', 'b'], 0), 'a\u001b[K\nb\u001b[K\n\u001b[J');
    assert.equal(buildFrame(['a'], 2), '\r\u001b[2Aa\u001b[K\n\u001b[J');
  });

  it('are cut at the height of the terminal', () => {
    assert.deepEqual(cutFrame('1\n2\n3\n4\n5\n', 4), ['1', '2', '…']);
    assert.deepEqual(cutFrame('1\n2\n', 4), ['1', '2']);
  });
});

describe('wrapping', () => {
  it('keeps every word and no line longer than the width', () => {
    assert.deepEqual(wrapText('aa bb cc dd', 5), ['aa bb', 'cc dd']);
    assert.deepEqual(wrapText('a-very-long-word b', 5), ['a-very-long-word', 'b']);
  });
});

describe('starting the daemon', () => {
  const facts = { uid: 0, systemd: true, unit: true, state: '/var/lib/tenantctl', run: '/run/tenantctl' };

  it('is for root; by systemd only where the unit serves these folders', () => {
    assert.equal(planStart(facts), 'systemctl');
    assert.equal(planStart({ ...facts, uid: 1000 }), 'no');
    assert.equal(planStart({ ...facts, unit: false }), 'spawn');
    assert.equal(planStart({ ...facts, systemd: false }), 'spawn');
    assert.equal(planStart({ ...facts, state: '/tmp/x' }), 'spawn');
    assert.equal(planStart({ ...facts, run: '/tmp/x' }), 'spawn');
  });

  it('hands on nothing of the session but where things are', () => {
    assert.deepEqual(pickEnvironment({ PATH: '/p', SSH_AUTH_SOCK: 'x', TENANTCTL_RUN: '/r', NODE_OPTIONS: '-x' }), {
      PATH: '/p',
      TENANTCTL_RUN: '/r',
    });
  });
});

describe('completions and the man page', () => {
  const complete = async (words: string[], names = 'alice bob'): Promise<string[]> => {
    const script = buildBashCompletion(await loadDefinitions(publicNames()));
    const program = `tenantctl() { printf '%s\\n' ${names}; }\n${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tenantctl; printf '%s\\n' "\${COMPREPLY[@]}"`;
    // where standard input is a socket, as here, bash takes itself for one of rshd and reads .bashrc (bash(1))
    const ended = spawnSync('bash', ['--norc', '-c', program, 'bash', 'tenantctl', ...words], { encoding: 'utf8' });
    assert.equal(ended.stderr, '');
    return ended.stdout.split('\n').filter((line) => line !== '');
  };

  it('bash: commands, groups, options, their choices, and names that are asked for', async () => {
    assert.deepEqual(await complete(['fr']), ['freeze']);
    assert.deepEqual(await complete(['template', '']), ['ls', 'build', 'rm']);
    assert.deepEqual(await complete(['stop', 'a']), ['alice']);
    assert.deepEqual(await complete(['stop', 'alice', '--t']), ['--timeout']);
    assert.deepEqual(await complete(['add', 'x', '--restart-policy', 'n']), ['never']);
    assert.deepEqual(await complete(['set', '--cpu', '1', 'b']), ['bob']);
    assert.deepEqual(await complete(['completion', 'z']), ['zsh']);
    assert.deepEqual(await complete(['credits', 'give', 'alice', 'b']), ['bob']);
    assert.deepEqual(await complete(['set', 'alice', '--plan', 't'], 'third small'), ['third']);
    assert.deepEqual(await complete(['set', 'alice', '--score', 'e']), ['enforce']);
    assert.deepEqual(await complete(['exec', 'alice', '--', '']), []);
  });

  it('bash: takes words apart at = and :, which are one all the same', async () => {
    assert.deepEqual(await complete(['events', '--tenant', '=', 'al']), ['alice']);
    assert.deepEqual(await complete(['events', '--tenant', '=']), ['alice', 'bob']);
    assert.deepEqual(await complete(['set', 'alice', '--score', '=', 'en']), ['enforce']);
    assert.deepEqual(await complete(['set', '--cpu', '=', '0.5', 'b']), ['bob']);
    assert.deepEqual(await complete(['set', '--cpu', '=', '0.5', 'alice', '']), []);
    assert.deepEqual(await complete(['credits', 'give', '--log-level', '=', 'debug', 'alice', 'b']), ['bob']);
    assert.deepEqual(await complete(['add', 'x', '--template', 'tar', ':', 'x.tgz', '--plan', 't'], 'third'), [
      'third',
    ]);
  });

  it('bash: the parts of a value are neither names nor commands', async () => {
    const credits = ['--credits', 'baseline', '=', '0.5,burst', '=', '2'];
    assert.deepEqual(await complete(['set', ...credits, 'b']), ['bob']);
    assert.deepEqual(await complete(['set', '--credits', '=', ...credits.slice(1), 'b']), ['bob']);
    for (const many of [3, 4, 5]) assert.deepEqual(await complete(['set', ...credits.slice(0, many)]), []);
    assert.deepEqual(await complete(['set', '--json', '=', 'a']), []);
  });

  it('bash: in a shell that is typed into', async () => {
    const script = buildBashCompletion(await loadDefinitions(publicNames()));
    const names = 'tenantctl() { if [[ $1 == __names ]]; then echo alice bob; else echo "ran $*"; fi; }';
    const typed = [
      'set --cpu=0.5 al',
      'events --tenant=al',
      'set alice --score=en',
      'set --credits=baseline=',
      'events al',
    ];
    const ended = spawnSync('bash', ['--noprofile', '--norc', '-i'], {
      encoding: 'utf8',
      env: { TERM: 'dumb', HISTFILE: '', PATH: process.env['PATH'] },
      input: `${names}\n${script}\n${typed.map((line) => `tenantctl ${line}\t.\n`).join('')}`,
    });
    assert.deepEqual(ended.stdout.match(/^ran .*$/gm), [
      'ran set --cpu=0.5 alice .',
      'ran events --tenant=alice .',
      'ran set alice --score=enforce .',
      'ran set --credits=baseline=.',
      'ran events al.',
    ]);
  });

  it('the man page has every command, and no line that is an instruction by accident', async () => {
    const names = publicNames();
    const page = buildManPage(await loadDefinitions(names), '1.2.3');
    for (const name of names) assert.ok(page.includes(`.SS tenantctl ${name.replaceAll('-', '\\-')}`), name);
    for (const line of page.split('\n').filter((text) => text.startsWith('.')))
      assert.match(line, /^\.(TH|SH|SS|B|I|BR|TP|PP|RS|RE|nf|fi)( |$)/);
  });
});
