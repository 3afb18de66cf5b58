// The table of the API: method and path to what is done. docs/api.md lists the same rows.

import {
  addRequestSchema,
  applyRequestSchema,
  emptyRequestSchema,
  restoreRequestSchema,
  setRequestSchema,
  stopRequestSchema,
  templateRequestSchema,
} from '../api/contract.ts';
import { parseTemplate, type Tenant } from '../domain/tenant.ts';
import { addTenant } from '../engine/add.ts';
import { applyTenants } from '../engine/apply.ts';
import { requireTenant } from '../engine/engine.ts';
import type { Work } from '../engine/engine-ports.ts';
import { freezeTenant, restartTenant, startTenant, stopTenant, thawTenant } from '../engine/lifecycle.ts';
import { findTenant } from '../engine/reconcile.ts';
import { emptyTrash, removeTenant, restoreTenant } from '../engine/remove.ts';
import { setTenant } from '../engine/set.ts';
import { buildByHandScript } from '../reports/by-hand.ts';
import { checkHistory } from './check-history.ts';
import { streamEvents } from './event-stream.ts';
import { type Exchange, get, nameOf, type Route, readNumber, stream } from './exchange.ts';
import { readBody, sendJson } from './http.ts';
import { SCHEDULING } from './routes-scheduling.ts';
import { removeBase, whyUnreadable } from './templates.ts';
import {
  buildHistoryView,
  buildHostView,
  buildTemplateViews,
  buildTenantView,
  buildTrashView,
  listTenantViews,
} from './views.ts';

/** A verb on one tenant that answers with the tenant as it is afterwards. */
const verb = (path: string, act: (exchange: Exchange, name: string, work: Work) => Promise<Tenant>): Route => ({
  method: 'POST',
  path: `/v1/tenants/:/${path}`,
  act: async (exchange) => {
    const name = nameOf(exchange);
    const { engine } = exchange.service;
    if (path !== 'stop') await readBody(exchange.request, emptyRequestSchema);
    await stream(exchange, `${path} ${name}`, async (work) => buildTenantView(engine, await act(exchange, name, work)));
  },
});

const TENANTS: readonly Route[] = [
  get('/v1/tenants', ({ service }) => ({ tenants: listTenantViews(service.engine) })),
  get('/v1/tenants/:', (exchange) => {
    const { engine } = exchange.service;
    return { tenant: buildTenantView(engine, requireTenant(engine, nameOf(exchange))) };
  }),
  {
    method: 'POST',
    path: '/v1/tenants',
    act: async (exchange) => {
      const body = await readBody(exchange.request, addRequestSchema);
      const { engine } = exchange.service;
      await stream(exchange, `add ${body.name}`, async (work) => {
        const known = findTenant(engine.ports, body.name);
        const tenant = await addTenant(engine, body, work);
        return { ...buildTenantView(engine, tenant), created: tenant.id !== known?.id };
      });
    },
  },
  {
    method: 'PATCH',
    path: '/v1/tenants/:',
    act: async (exchange) => {
      const body = await readBody(exchange.request, setRequestSchema);
      const { engine } = exchange.service;
      await stream(exchange, `set ${nameOf(exchange)}`, async (work) =>
        buildTenantView(engine, await setTenant(engine, nameOf(exchange), body, work)),
      );
    },
  },
  {
    method: 'DELETE',
    path: '/v1/tenants/:',
    act: (exchange) =>
      stream(exchange, `rm ${nameOf(exchange)}`, async (work) => {
        const { key, expiresAt } = await removeTenant(exchange.service.engine, nameOf(exchange), work);
        return { key, expiresAt };
      }),
  },
  verb('start', ({ service }, name, work) => startTenant(service.engine, name, work)),
  verb('restart', ({ service }, name, work) => restartTenant(service.engine, name, work)),
  verb('freeze', ({ service }, name, work) => freezeTenant(service.engine, name, work)),
  verb('thaw', ({ service }, name, work) => thawTenant(service.engine, name, work)),
  {
    method: 'POST',
    path: '/v1/tenants/:/stop',
    act: async (exchange) => {
      const { timeoutMs } = await readBody(exchange.request, stopRequestSchema);
      const { engine } = exchange.service;
      const name = nameOf(exchange);
      await stream(exchange, `stop ${name}`, async (work) =>
        buildTenantView(engine, await stopTenant(engine, name, work, timeoutMs)),
      );
    },
  },
  get('/v1/tenants/:/log', async (exchange) => {
    const { engine } = exchange.service;
    const tenant = requireTenant(engine, nameOf(exchange));
    const bytes = Math.min(readNumber(exchange, 'bytes', 64 * 1024), 1 << 20);
    const { readLog } = engine.ports.containers;
    const text = await readLog(tenant.name, readNumber(exchange, 'before', 0) > 0 ? 'before' : 'this', bytes);
    return { text, before: (await readLog(tenant.name, 'before', 1)) !== '' };
  }),
  get('/v1/tenants/:/history', (exchange) => {
    const { engine } = exchange.service;
    const { name } = requireTenant(engine, nameOf(exchange));
    return buildHistoryView(name, engine.runtimes.get(name));
  }),
  get('/v1/tenants/:/explain', (exchange) => {
    const { engine } = exchange.service;
    const tenant = requireTenant(engine, nameOf(exchange));
    const { cgroups } = engine.ports;
    return {
      script: buildByHandScript({
        tenant,
        values: cgroups.plan(tenant.limits).filter(({ node }) => node === 'payload'),
        cgroup: cgroups.version,
        state: exchange.service.version.state,
      }),
    };
  }),
];

const REST: readonly Route[] = [
  get('/v1/version', ({ service }) => ({ ...service.version, lastSeq: service.engine.ports.events.lastSeq })),
  get('/v1/top', ({ service }) => {
    const { engine } = service;
    const tenants = listTenantViews(engine);
    const host = buildHostView(engine.ports.host.facts, engine.config.house, service.hostSamples(), tenants);
    return { at: new Date(engine.ports.clock.now()).toISOString(), host, tenants };
  }),
  {
    method: 'POST',
    path: '/v1/apply',
    act: async (exchange) => {
      const body = await readBody(exchange.request, applyRequestSchema);
      const options = {
        dryRun: body.dryRun ?? false,
        allowRestart: body.allowRestart ?? false,
        overcommit: body.overcommit ?? false,
        whyUnreadable,
      };
      await stream(exchange, 'apply', async (work) => ({
        changes: await applyTenants(exchange.service.engine, body.tenants, options, work),
      }));
    },
  },
  {
    method: 'GET',
    path: '/v1/events',
    act: (exchange) => {
      const { engine, hub } = exchange.service;
      const follow = exchange.query.get('follow') === '1';
      return streamEvents(exchange.response, engine.ports.events, hub, {
        since: readNumber(exchange, 'since', 0),
        follow,
        tenant: exchange.query.get('tenant'),
      });
    },
  },
  get('/v1/templates', async ({ service }) => {
    const { rootfs, registry } = service.engine.ports;
    return { templates: buildTemplateViews(await rootfs.listTemplates(), registry.current) };
  }),
  {
    method: 'POST',
    path: '/v1/templates',
    act: async (exchange) => {
      const { template } = await readBody(exchange.request, templateRequestSchema);
      parseTemplate(template);
      const { rootfs } = exchange.service.engine.ports;
      await stream(exchange, `template build ${template}`, (work) =>
        rootfs.ensureBase(template, { progress: work.onProgress, signal: work.signal }),
      );
    },
  },
  {
    method: 'DELETE',
    path: '/v1/templates/:',
    act: async (exchange) => sendJson(exchange.response, 200, { removed: await removeBase(exchange) }),
  },
  get('/v1/trash', ({ service }) => ({ trash: service.engine.ports.registry.current.trash.map(buildTrashView) })),
  {
    method: 'POST',
    path: '/v1/trash/:/restore',
    act: async (exchange) => {
      const { start = false, overcommit } = await readBody(exchange.request, restoreRequestSchema);
      const { engine } = exchange.service;
      await stream(exchange, `trash restore ${nameOf(exchange)}`, async (work) =>
        buildTenantView(engine, await restoreTenant(engine, nameOf(exchange), work, { start, overcommit })),
      );
    },
  },
  {
    method: 'DELETE',
    path: '/v1/trash',
    act: async ({ service, response, by }) =>
      sendJson(response, 200, { removed: await emptyTrash(service.engine, {}, by) }),
  },
  {
    method: 'DELETE',
    path: '/v1/trash/:',
    act: async (exchange) =>
      sendJson(exchange.response, 200, {
        removed: await emptyTrash(exchange.service.engine, { key: nameOf(exchange) }, exchange.by),
      }),
  },
  get('/v1/doctor', async ({ service }) => {
    const { host } = service.engine.ports;
    const [checks, inventory] = await Promise.all([host.check(), host.inventory()]);
    return { checks: [...checks, checkHistory(service.engine.accountant.failure)], inventory };
  }),
  {
    method: 'POST',
    path: '/v1/shutdown',
    act: ({ service, response }) => {
      response.on('finish', () => service.shutDown());
      sendJson(response, 200, { stopping: true });
    },
  },
];

export const ROUTES: readonly Route[] = [...TENANTS, ...SCHEDULING, ...REST];

/** @returns the route and the segments that stand for `:`, or undefined */
export const pickRoute = (
  method: string,
  path: string,
): { readonly route: Route; readonly params: string[] } | undefined => {
  const parts = path.split('/');
  for (const route of ROUTES) {
    const pattern = route.path.split('/');
    if (route.method !== method || pattern.length !== parts.length) continue;
    if (!pattern.every((segment, i) => segment === ':' || segment === parts[i])) continue;
    return { route, params: parts.filter((_, i) => pattern[i] === ':').map(decodeSegment) };
  }
  return undefined;
};

const decodeSegment = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
