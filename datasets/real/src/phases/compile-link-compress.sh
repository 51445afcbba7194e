#!/bin/sh
# Three things one after the other: compile four C++ files, link them (the optimiser runs then), compress 6 MB.
set -e
stamp() { read -r up _ < /proc/uptime; echo "$1 $up" >> stamps.txt; }
rm -f stamps.txt
stamp compile
for k in 0 1 2 3; do g++ -O1 -fPIC -flto -c "m$k.cc" -o "m$k.o"; done
stamp link
g++ -O2 -fPIC -shared -flto -flto-partition=one m0.o m1.o m2.o m3.o -o all.so
stamp compress
xz -6 -T1 -k -c all.bin > out.xz
stamp end
