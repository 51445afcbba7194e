#!/bin/sh
# configure-like probe: one tiny compile and a few pipeline tools per header
out=$1; : > $out
for h in stdio.h stdlib.h string.h unistd.h fcntl.h errno.h math.h time.h signal.h pthread.h \
  sys/types.h sys/stat.h sys/mman.h sys/socket.h netinet/in.h poll.h dirent.h locale.h wchar.h inttypes.h; do
  n=$(echo "$h" | tr 'a-z/.' 'A-Z__' | sed -e 's/^/HAVE_/')
  if printf '#include <%s>\nint main(void){return 0;}\n' "$h" > probe.c && gcc -o probe probe.c 2>/dev/null && ./probe; then
    echo "#define $n 1" >> $out
  fi
  grep -c "$n" $out >/dev/null
done
i=0; while [ $i -lt 8000 ]; do i=$((i+1)); case $i in *00) echo "#define OPTION_$i $i";; esac; done | sort | awk '{ print $1, "CONFIG_" $2, $3 }' >> $out
rm -f probe probe.c
