import Testing

@testable import Configuration

@Suite struct OptionValueErrorTests {
    @Test(arguments: [
        ("[DEFAULT]\nhost = my_host", "f0:2:8: error: [DEFAULT] host: expected an IP address or a host name"),
        ("[DEFAULT]\nhost =", "f0:2:7: error: [DEFAULT] host: expected an IP address or a host name"),
        ("[DEFAULT]\ndebug = maybe", "f0:2:9: error: [DEFAULT] debug: expected true or false"),
        ("[DEFAULT]\ndebug =", "f0:2:8: error: [DEFAULT] debug: expected true or false"),
        (
            "[DEFAULT]\nlibvirt_type = kvn",
            "f0:2:16: error: [DEFAULT] libvirt_type: expected one of kvm, lxc, qemu, "
                + "parallels, not 'kvn'; did you mean kvm?"
        ),
        ("[DEFAULT]\nlibvirt_type = xen", "f0:2:16: error: [DEFAULT] libvirt_type: expected one of"),
        (
            "[DEFAULT]\nhypervisor_inspector = vmware",
            "f0:2:24: error: [DEFAULT] hypervisor_inspector: expected libvirt,"
        ),
        ("[DEFAULT]\npipeline_cfg_file =", "f0:2:20: error: [DEFAULT] pipeline_cfg_file: expected a path, not nothing"),
        ("[DEFAULT]\nreserved_metadata_length = x", "f0:2:28: error: [DEFAULT] reserved_metadata_length: expected an "),
        ("[compute]\nresource_cache_expiry = -1", "f0:2:25: error: [compute] resource_cache_expiry: expected a time"),
        ("[compute]\nstale_memory_stats = no", "f0:2:22: error: [compute] stale_memory_stats: expected one of"),
        ("[polling]\nbatch_size = fifty", "f0:2:14: error: [polling] batch_size: expected an integer, not 'fifty'"),
        ("[polling]\nbatch_size =", "f0:2:13: error: [polling] batch_size: expected an integer, not nothing"),
        ("[polling]\ncfg_file = \"\"", "f0:2:12: error: [polling] cfg_file: expected a path, not nothing"),
        ("[aerostat]\nstate_path =", "f0:2:13: error: [aerostat] state_path: expected a path"),
        (
            "[aerostat]\noutbox_max_bytes = 1X",
            "f0:2:20: error: [aerostat] outbox_max_bytes: expected a number of bytes"
        ),
        ("[aerostat]\noutbox_max_bytes = 1", "f0:2:20: error: [aerostat] outbox_max_bytes: expected a number of bytes"),
        ("[aerostat]\noutbox_max_age = 1w", "f0:2:18: error: [aerostat] outbox_max_age: expected a time"),
        ("[aerostat]\nmax_samples_per_request = 0", "f0:2:27: error: [aerostat] max_samples_per_request: expected"),
        ("[aerostat]\nmax_samples_per_request = 100001", "f0:2:27: error: [aerostat] max_samples_per_request: exp"),
        (
            "[aerostat]\nlibvirt_timeout = 0.05",
            "f0:2:19: error: [aerostat] libvirt_timeout: expected a time in seconds, "
                + "at least 0.1,"
        ),
        ("[aerostat]\nlibvirt_timeout = inf", "f0:2:19: error: [aerostat] libvirt_timeout: expected a time"),
        (
            "[aerostat]\nresync_interval = 0.9",
            "f0:2:19: error: [aerostat] resync_interval: expected a time in seconds, at "
                + "least 1,"
        ),
        ("[aerostat]\nstatus_listen = 9102", "f0:2:17: error: [aerostat] status_listen: expected host:port"),
        (
            "[aerostat]\nlog_level = INFO",
            "f0:2:13: error: [aerostat] log_level: expected one of trace, debug, info, "
                + "notice, warning, error, critical, not 'INFO'; did you mean info?"
        ),
    ])
    func aBadValueIsAnErrorAtItsPlace(text: String, expected: String) {
        let loaded = Settings.loaded(text)
        #expect(loaded.settings == nil)
        #expect(loaded.told.count == 1)
        #expect(loaded.told.first?.hasPrefix(expected) == true, "\(loaded.told)")
    }

    @Test func allErrorsOfAllFilesAreToldAtOnce() {
        let loaded = Settings.loaded(
            "[DEFAULT]\ndebug = x\nstray\nlibvirt_type = y\n", "[aerostat]\nlog_level = z\n =\n[polling\n")
        #expect(loaded.settings == nil)
        #expect(
            Set(loaded.diagnostics.all.compactMap { $0.location.map { "\($0.file):\($0.line)" } })
                == ["f0:2", "f0:3", "f0:4", "f1:2", "f1:4"])
    }

    @Test func aFileThatOverridesABadValueMendsIt() {
        #expect(Settings.loaded("[DEFAULT]\ndebug = x", "[DEFAULT]\ndebug = true").told == [])
    }

    @Test func aLongOrOddValueIsShownShort() {
        let loaded = Settings.loaded(
            "[DEFAULT]\nlibvirt_type = \u{1B}[31m\u{202E}" + String(repeating: "x", count: 5000))
        #expect(loaded.told.count == 1)
        #expect(loaded.told.allSatisfy { $0.count < 250 && !$0.contains("\u{1B}") && !$0.contains("\u{202E}") })
    }

    @Test func whatIsNotReadIsNotChecked() {
        #expect(Settings.loaded("[DEFAULT]\nuse_json = perhaps\nreseller_prefix = $nothing\n").told == [])
    }
}
