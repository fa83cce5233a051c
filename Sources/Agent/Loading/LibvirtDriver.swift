import Configuration
import Publishers

/// Tells the drivers of libvirt that can be polled: a poll is one bulk call (virConnectGetAllDomainStats), and not every
/// driver has it.
enum LibvirtDriver {
    /// The drivers that have the bulk call: those of libvirt 9, and those that are known to have gained it.
    private static let pollable = ["qemu", "test", "vz", "parallels", "ch"]

    /// An error if the configured connection can poll nothing, a warning if it may.
    static func check(_ settings: Settings, into diagnostics: inout Diagnostics) {
        let uri = settings.libvirtURI.value
        guard let driver = driver(of: uri), !pollable.contains(driver) else { return }
        let shown = PublisherFactory.redacted(uri)
        guard driver == "lxc" else {
            diagnostics.warning(
                at: settings.libvirtURI.location,
                "libvirt connection \(shown): libvirt's driver \(driver.excerpt) may have no bulk statistics call, without "
                    + "which nothing is polled; try aerostat check --online")
            return
        }
        diagnostics.error(
            at: settings.libvirtURI.location,
            "libvirt connection \(shown): nothing can be polled, as libvirt's LXC driver has no bulk statistics call; set "
                + "[DEFAULT] libvirt_type = kvm, or keep Ceilometer's agent on hosts of LXC containers")
    }

    /// The scheme of a URI without its transport; `nil` if it has none, which leaves the choice to libvirt.
    private static func driver(of uri: String) -> String? {
        guard let end = uri.firstIndex(of: ":") else { return nil }
        return uri[..<end].split(separator: "+").first.map { $0.lowercased() }
    }
}
