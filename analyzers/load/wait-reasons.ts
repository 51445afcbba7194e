/**
 * Kernel functions and what a thread that sleeps in them waits for. A frame is only on the stack
 * while its call lasts, so a lock's frame means waiting for the lock. Rules are tried by rank:
 *
 * 1. what says it all wherever it stands (throttled, reclaiming, committing a journal …),
 * 2. locks,
 * 3. what else an outer frame tells (a page fault, a read through the page cache …),
 * 4. the innermost frame that any rule knows.
 *
 * Names were taken from the sources of Linux 3.10 to 6.18, in the files named.
 */
export interface WaitRule {
  readonly reason: string;
  readonly rank: 1 | 2 | 3 | 4;
  /** Function names, without offsets. */
  readonly frames: RegExp;
  /** Where in the kernel. */
  readonly source: string;
  /** What to do about it. */
  readonly advice: string;
  readonly run?: string;
}

export const waitRules: readonly WaitRule[] = [
  {
    reason: 'cgroup throttle',
    rank: 1,
    frames:
      /^(?:throttle_cfs_rq(?:_work)?|task_throttle\w*|blkcg_maybe_throttle_current|mem_cgroup_handle_over_high)$/,
    source: 'kernel/sched/fair.c, block/blk-cgroup.c, mm/memcontrol.c',
    advice: 'raise the limit of the cgroup, or move the threads out of it',
    run: 'systemd-cgtop -n 1',
  },
  {
    reason: 'frozen filesystem',
    rank: 1,
    frames:
      /^(?:percpu_rwsem_wait|__percpu_down_read|__sb_start_write|sb_start_(?:write|pagefault|intwrite)|sb_wait_write|mnt_want_write(?:_file)?|freeze_super|thaw_super\w*)$/,
    source: 'fs/super.c, fs/namespace.c, kernel/locking/percpu-rwsem.c',
    advice: 'a filesystem is frozen, as by a snapshot or backup that does not end: thaw it',
    run: 'findmnt -lo TARGET,SOURCE,FSTYPE   # then: fsfreeze --unfreeze MOUNTPOINT',
  },
  {
    reason: 'swap-in',
    rank: 1,
    frames:
      /^(?:do_swap_page|swap_read(?:page|_folio)|swapin_readahead|read_swap_cache_async|swap_cluster_readahead|shmem_swapin\w*)$/,
    source: 'mm/memory.c, mm/swap_state.c, mm/page_io.c',
    advice: 'the working set does not fit: give the host or the cgroup more memory, or use less',
    run: 'vmstat 1 5; cat /proc/pressure/memory',
  },
  {
    reason: 'compaction',
    rank: 1,
    frames: /^(?:try_to_compact_pages|compact_zone(?:_order)?|__alloc_pages_direct_compact)$/,
    source: 'mm/compaction.c, mm/page_alloc.c',
    advice: 'allocations of huge pages stall: set THP defrag to defer, or keep more memory free',
    run: 'cat /sys/kernel/mm/transparent_hugepage/defrag',
  },
  {
    reason: 'reclaim',
    rank: 1,
    frames:
      /^(?:(?:do_)?try_to_free_(?:mem_cgroup_)?pages|shrink_(?:node|lruvec|zone|slab|(?:in)?active_list)\w*|__alloc_pages_direct_reclaim|reclaim_throttle|throttle_(?:direct|vm)_\w+|wait_iff_congested|congestion_wait)$/,
    source: 'mm/vmscan.c, mm/page_alloc.c',
    advice:
      'allocations wait for pages to be freed: give the host or the cgroup more memory, or raise vm.min_free_kbytes',
    run: 'cat /proc/pressure/memory; sysctl vm.min_free_kbytes',
  },
  {
    reason: 'writeback throttling',
    rank: 1,
    frames: /^(?:balance_dirty_pages\w*|wbt_wait|rq_qos_wait|__rq_qos_throttle|io_schedule_timeout_dirty)$/,
    source: 'mm/page-writeback.c, block/blk-wbt.c',
    advice:
      'writers are slowed down to the speed of the disk: write less, or begin to flush earlier (vm.dirty_background_ratio)',
    run: 'sysctl vm.dirty_background_ratio vm.dirty_ratio; grep -E "Dirty|Writeback:" /proc/meminfo',
  },
  {
    reason: 'nfs',
    rank: 1,
    frames:
      /^(?:nfs[34]?_\w+|rpc_(?:wait_bit_killable|wait_for_completion_task|execute|call_sync|run_task)|__rpc_\w+|xprt_\w+|nlm\w+)$/,
    source: 'fs/nfs, net/sunrpc',
    advice: 'the NFS server does not answer, or slowly: look at the network and at the server',
    run: 'nfsstat -c; mount -t nfs,nfs4',
  },
  {
    reason: 'network filesystem',
    rank: 1,
    frames: /^(?:ceph_\w+|cifs_\w+|smb2_\w+|SMB2_\w+|rbd_\w+|p9_client_\w+|gfs2_\w+|dlm_\w+|ocfs2_\w+)$/,
    source: 'fs/ceph, fs/smb, net/9p, fs/gfs2, fs/dlm, fs/ocfs2',
    advice:
      'the server behind the filesystem does not answer, or slowly: look at the network and at the server',
    run: 'findmnt -t ceph,cifs,9p,gfs2,ocfs2',
  },
  {
    reason: 'fuse',
    rank: 1,
    frames: /^(?:__?fuse_\w+|fuse_\w+|request_wait_answer)$/,
    source: 'fs/fuse',
    advice: 'the program behind a FUSE filesystem answers slowly or hangs',
    run: 'findmnt -t fuse,fuseblk; grep . /sys/fs/fuse/connections/*/waiting',
  },
  {
    reason: 'jbd2 commit',
    rank: 1,
    frames:
      /^(?:jbd2_\w+|wait_transaction_(?:locked|switching)|add_transaction_credits|start_this_handle|do_get_write_access|__jbd2_\w+)$/,
    source: 'fs/jbd2',
    advice:
      'threads wait for the ext4 journal to be written: fewer fsync calls, a faster or separate journal device, or a longer commit interval',
    run: 'grep . /proc/fs/jbd2/*/info; findmnt -t ext4 -o TARGET,OPTIONS',
  },
  {
    reason: 'xfs or btrfs log',
    rank: 1,
    frames:
      /^(?:xfs_log_\w+|xlog_\w+|xfs_trans_\w+|btrfs_(?:commit_transaction|sync_log|wait_\w+|start_transaction)\w*)$/,
    source: 'fs/xfs/xfs_log.c, fs/btrfs/transaction.c',
    advice:
      'threads wait for the log of the filesystem to be written: fewer fsync calls, or a faster log device',
    run: 'findmnt -t xfs,btrfs -o TARGET,OPTIONS',
  },
  {
    reason: 'virtual machine memory',
    rank: 1,
    frames: /^(?:virtballoon_\w+|page_reporting_\w+|balloon_\w+|kvm_async_pf_\w+|async_pf_\w+)$/,
    source: 'drivers/virtio/virtio_balloon.c, mm/page_reporting.c, arch/x86/kernel/kvm.c',
    advice: 'the guest waits for the hypervisor to take or give memory: look at the host',
    run: 'lsmod | grep balloon',
  },
  {
    reason: 'request queue full',
    rank: 1,
    frames: /^(?:blk_mq_get_tag|get_request_wait|__sbitmap_queue_get|bt_get)$/,
    source: 'block/blk-mq-tag.c, block/blk-core.c',
    advice: 'more requests are outstanding than the queue holds: raise nr_requests, or send fewer at a time',
    run: 'grep . /sys/block/*/queue/nr_requests',
  },
  {
    reason: 'mutex',
    rank: 2,
    frames: /^(?:__mutex_lock\w*|mutex_lock\w*|_?_?ww_mutex_lock\w*|_?_?rt_mutex_\w+)$/,
    source: 'kernel/locking/mutex.c, rtmutex.c',
    advice:
      'threads queue for a lock in the kernel: the function that takes it says which; its holder is what to look at',
    run: 'perf lock record -a -- sleep 5 && perf lock report',
  },
  {
    reason: 'rwsem',
    rank: 2,
    frames: /^(?:rwsem_down_\w+|_?_?down_(?:read|write)\w*|rwbase_\w+|call_rwsem_down_\w+)$/,
    source: 'kernel/locking/rwsem.c',
    advice:
      'threads queue for a read-write lock in the kernel, often the one of an address space: fewer mmap and munmap calls, or fewer threads in one process',
    run: 'perf lock record -a -- sleep 5 && perf lock report',
  },
  {
    reason: 'semaphore',
    rank: 2,
    frames: /^(?:__down(?:_common|_timeout|_killable|_interruptible)?|down(?:_timeout|_killable)?)$/,
    source: 'kernel/locking/semaphore.c',
    advice: 'threads queue for a semaphore of a driver: see the caller',
  },
  {
    reason: 'page fault',
    rank: 3,
    frames:
      /^(?:filemap_fault|__do_fault|do_(?:read_|shared_|cow_)?fault|_?_?handle_mm_fault|do_user_addr_fault|(?:asm_)?exc_page_fault|_?_?do_page_fault|page_fault)$/,
    source: 'mm/memory.c, mm/filemap.c, arch/x86/mm/fault.c',
    advice:
      'programs and mapped files are read from disk page by page: give the page cache more memory, or map them in advance',
    run: 'perf trace -F all --no-syscalls -- sleep 5',
  },
  {
    reason: 'page-cache read',
    rank: 3,
    frames:
      /^(?:filemap_(?:read|get_pages|read_folio|update_page)|generic_file_(?:buffered_)?read\w*|do_generic_file_read|page_cache_\w*ra\w*|read_pages|__do_page_cache_readahead|__bread\w*|ext4_bread\w*|ext4_read_bh\w*|read_extent_buffer\w*|squashfs_\w*read\w*)$/,
    source: 'mm/filemap.c, mm/readahead.c, fs/buffer.c',
    advice:
      'reads miss the page cache: read ahead, or give it more memory; look at the disk that serves them',
    run: 'iostat -x 1 5',
  },
  {
    reason: 'writeback wait',
    rank: 3,
    frames:
      /^(?:folio_wait_writeback\w*|wait_on_page_writeback\w*|__?filemap_fdatawait\w*|filemap_fdatawait\w*|file_write_and_wait_range|fsync_buffers_list|sync_inodes_sb|wait_sb_inodes|writeback_single_inode|__writeback_single_inode|blkdev_fsync|__?sync_dirty_buffer|sync_dirty_buffer)$/,
    source: 'mm/filemap.c, fs/fs-writeback.c, fs/buffer.c',
    advice:
      'threads wait until what they wrote is on the disk: fewer or larger fsync calls, or a faster disk',
    run: 'iostat -x 1 5',
  },
  {
    reason: 'vfork',
    rank: 4,
    frames: /^(?:wait_for_vfork_done|kernel_clone|_do_fork|do_fork|(?:__x64_)?sys_vfork)$/,
    source: 'kernel/fork.c',
    advice:
      'a parent waits until the child it made with vfork or posix_spawn runs a program or ends: see what keeps the child from its exec',
    run: 'ps -eLo ppid,pid,stat,wchan:32,comm --sort=ppid',
  },
  {
    reason: 'block io',
    rank: 4,
    frames:
      /^(?:submit_bio_wait|blkdev_(?:direct_IO|issue_\w+)|__blkdev_direct_IO\w*|iomap_dio_\w+|__iomap_dio_rw|dio_await_\w+|do_blockdev_direct_IO|bio_await|blk_execute_rq|blk_io_schedule|_?_?blk_throtl_bio|io_schedule(?:_timeout)?|wait_for_completion_io(?:_timeout)?|bit_wait_io|folio_wait_bit\w*|wait_on_page_bit\w*|sleep_on_page|__lock_page\w*|__folio_lock\w*|__wait_on_buffer)$/,
    source: 'block/bio.c, fs/direct-io.c, fs/iomap, kernel/sched/core.c',
    advice:
      'threads wait for the disk: see which device serves them, its queue, and the io limits of their cgroups',
    run: 'iostat -x 1 5; grep -s . /sys/fs/cgroup/*/io.max /sys/fs/cgroup/blkio/*/blkio.throttle.*_device',
  },
  {
    reason: 'rcu or stop machine',
    rank: 4,
    frames:
      /^(?:_?_?synchronize_\w+|_?_?wait_rcu_gp|rcu_\w+|exp_funnel_lock|stop_\w+|__stop_cpus|affine_move_task|__set_cpus_allowed_ptr\w*|cpuset_\w+)$/,
    source: 'kernel/rcu, kernel/stop_machine.c, kernel/sched/core.c',
    advice:
      'threads wait until every CPU passed a quiet state, or to be moved to another CPU: a CPU kept busy in the kernel delays them',
  },
  {
    reason: 'thread exit or kernel worker',
    rank: 4,
    frames:
      /^(?:exit_mm|do_exit|de_thread|wait_task_inactive|ptrace_\w+|coredump_wait|do_coredump|_?_?flush_work(?:queue)?|kthread_\w+|wait_for_kernel_threads)$/,
    source: 'kernel/exit.c, kernel/workqueue.c, kernel/kthread.c',
    advice: 'threads wait for other threads to end or for kernel workers to finish: see the caller',
  },
  {
    reason: 'device driver',
    rank: 4,
    frames:
      /^(?:(?:nvme|scsi|sd|ata|usb|hub|i2c|spi|mmc|drm|i915|amdgpu|virtio|virtqueue|md|raid\d+|dm|acpi|tpm|pci|regmap|device|hv|vmbus|xen)_\w+|wait_for_device_probe)$/,
    source: 'drivers',
    advice: 'a driver waits for its device: see the kernel log for resets and timeouts',
    run: 'dmesg -T | tail -50',
  },
];

/** Neither a stack nor a wchan was recorded. */
export const NO_REASON = 'not recorded';
/** There is a stack, and no rule knows it. */
export const OTHER_REASON = 'other';

/** What a thread waits for whose stack is this, innermost function first. A wchan is a stack of one. */
export function reasonOf(functions: readonly string[]): string {
  if (functions.length === 0) return NO_REASON;
  for (const rank of [1, 2, 3]) {
    for (const rule of waitRules) {
      if (rule.rank === rank && functions.some((name) => rule.frames.test(name))) return rule.reason;
    }
  }
  for (const name of functions) {
    for (const rule of waitRules) if (rule.frames.test(name)) return rule.reason;
  }
  return OTHER_REASON;
}

export function ruleFor(reason: string): WaitRule | undefined {
  return waitRules.find((rule) => rule.reason === reason);
}
