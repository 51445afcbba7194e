# smallest guest: writes a byte to port 0x10 five times, then halts
import fcntl, mmap, os, ctypes, struct
KVM_CREATE_VM=0xAE01; KVM_GET_VCPU_MMAP_SIZE=0xAE04; KVM_CREATE_VCPU=0xAE41; KVM_RUN=0xAE80
KVM_SET_USER_MEMORY_REGION=0x4020AE46; KVM_GET_SREGS=0x8138AE83; KVM_SET_SREGS=0x4138AE84; KVM_SET_REGS=0x4090AE82
kvm=os.open('/dev/kvm',os.O_RDWR); vm=fcntl.ioctl(kvm,KVM_CREATE_VM,0)
mem=mmap.mmap(-1,0x1000,mmap.MAP_SHARED|mmap.MAP_ANONYMOUS)
code=b'\xba\x10\x00'+b'\xb0\x41\xee'*5+b'\xf4'
mem[:len(code)]=code
addr=ctypes.addressof(ctypes.c_char.from_buffer(mem))
fcntl.ioctl(vm,KVM_SET_USER_MEMORY_REGION,struct.pack('IIQQQ',0,0,0x1000,0x1000,addr))
vcpu=fcntl.ioctl(vm,KVM_CREATE_VCPU,0)
size=fcntl.ioctl(kvm,KVM_GET_VCPU_MMAP_SIZE,0)
run=mmap.mmap(vcpu,size)
s=bytearray(312); s=bytearray(fcntl.ioctl(vcpu,KVM_GET_SREGS,bytes(s)))
struct.pack_into('QIH',s,0,0,0xffff,0)
fcntl.ioctl(vcpu,KVM_SET_SREGS,bytes(s))
regs=[0]*18; regs[16]=0x1000; regs[17]=2
fcntl.ioctl(vcpu,KVM_SET_REGS,struct.pack('18Q',*regs))
for i in range(20):
    fcntl.ioctl(vcpu,KVM_RUN,0)
    reason=struct.unpack_from('I',run,8)[0]
    print('exit',reason)
    if reason!=2: break
