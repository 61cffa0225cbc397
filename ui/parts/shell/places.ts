import { Activity, Boxes, HeartPulse, History, type LucideIcon, Rocket, Server } from 'lucide-react';

/** Where one can go: the side bar, the bottom bar and the keys `g x` are made from this one list. */
export const PLACES = [
  { name: 'jobs', href: '/jobs', key: 'j', icon: Boxes },
  { name: 'runs', href: '/runs', key: 'r', icon: Activity },
  { name: 'status', href: '/status', key: 's', icon: HeartPulse },
  { name: 'backfills', href: '/backfills', key: 'b', icon: History },
  { name: 'deployments', href: '/deployments', key: 'd', icon: Rocket },
  { name: 'machines', href: '/machines', key: 'm', icon: Server },
] as const satisfies readonly Readonly<{ name: string; href: string; key: string; icon: LucideIcon }>[];

export const isHere = (href: string, path: string): boolean => path === href || path.startsWith(`${href}/`);
