/// Where libvirt is, as Ceilometer's libvirt inspector derives it (`ceilometer.compute.virt.libvirt.utils`).
public enum ConnectionURI {
    /// `libvirt_uri` if it is set, else the one that belongs to `libvirt_type`: `lxc:///`, `parallels:///system`, or
    /// `qemu:///system` for kvm, qemu and whatever else.
    public static func resolve(libvirtURI: String, libvirtType: String) -> String {
        guard libvirtURI.isEmpty else { return libvirtURI }
        return switch libvirtType {
        case "lxc": "lxc:///"
        case "parallels": "parallels:///system"
        default: "qemu:///system"
        }
    }
}
