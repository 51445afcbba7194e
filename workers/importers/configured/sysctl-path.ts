/** Directories of /proc/sys. */
const tops = /^(?:abi|crypto|debug|dev|fs|kernel|net|sunrpc|user|vm|xen)$/;

/**
 * File below /proc/sys a name of sysctl(8) stands for. The first separator decides: after a dot a slash is a dot within a
 * name (`net.ipv4.conf.eth0/1.forwarding`), after a slash dots are dots. Undefined when the first part is no directory of /proc/sys.
 */
export function sysctlPath(name: string): string | undefined {
  const first = /[./]/.exec(name)?.[0];
  if (first === undefined || !tops.test(name.slice(0, name.indexOf(first)))) return undefined;
  const path = first === '/' ? name : name.replace(/[./]/g, (mark) => (mark === '.' ? '/' : '.'));
  return `/proc/sys/${path}`;
}
