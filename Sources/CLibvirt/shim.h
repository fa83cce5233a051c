#pragma once
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
// For libvirt's event loop; Swift's Glibc has neither.
#include <sys/epoll.h>
#include <sys/eventfd.h>
