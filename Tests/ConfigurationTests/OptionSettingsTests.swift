import Testing

@testable import Configuration

@Suite struct OptionSettingsTests {
    @Test func withoutAnythingEveryOptionHasItsDefault() throws {
        let loaded = Settings.loaded("")
        #expect(loaded.told == [])
        let settings = try #require(loaded.settings)
        #expect(settings.host == "compute-1")
        #expect(settings.sampleSource == "openstack")
        #expect(settings.pipelineConfigFile == Located("pipeline.yaml", at: nil))
        #expect(settings.pollingConfigFile == Located("polling.yaml", at: nil))
        #expect(settings.hypervisorInspector == .libvirt)
        #expect(settings.libvirtType == .kvm)
        #expect(settings.libvirtURI == Located("qemu:///system", at: nil))
        #expect(settings.reservedMetadataNamespace == ["metering."])
        #expect(settings.reservedMetadataLength == 256)
        #expect(settings.reservedMetadataKeys == [])
        #expect(settings.instanceDiscoveryMethod == .libvirtMetadata)
        #expect(settings.resourceUpdateInterval == .zero)
        #expect(settings.resourceCacheExpiry == .seconds(3600))
        #expect(!settings.reportStoppedInstanceMetrics)
        #expect(!settings.fetchExtraMetadata)
        #expect(settings.staleMemoryStats == .withhold)
        #expect(!settings.identityNameDiscovery)
        #expect(settings.maxParallelRequests == 64)
        #expect(settings.rootDiskSize == .ceilometer)
        #expect(!settings.unmanagedDomains)
        #expect(settings.unmanagedProjectID == nil && settings.unmanagedUserID == nil)
        #expect(settings.statePath == Located("/var/lib/aerostat", at: nil))
        #expect(settings.outboxMaxBytes == 1 << 30)
        #expect(settings.outboxMaxAge == .seconds(604_800))
        #expect(settings.maxSamplesPerRequest == 1000)
        #expect(settings.libvirtTimeout == .seconds(5))
        #expect(settings.resyncInterval == .seconds(600))
        #expect(settings.statusListen == Located(nil, at: nil))
        #expect(settings.logLevel == .info)
    }

    @Test func everyOptionIsReadFromItsGroup() throws {
        let loaded = Settings.loaded(
            """
            [DEFAULT]
            host = h.example.org.
            sample_source = lab
            pipeline_cfg_file = /p.yaml
            hypervisor_inspector = libvirt
            libvirt_type = lxc
            libvirt_uri = test:///default
            reserved_metadata_namespace = a.,b.
            reserved_metadata_length = 9
            reserved_metadata_keys = k1, k2
            [Compute]
            instance_discovery_method = libvirt_metadata
            resource_update_interval = 30
            resource_cache_expiry = 0
            report_stopped_instance_metrics = no
            stale_memory_stats = publish
            root_disk_size = flavor
            [polling]
            cfg_file = p2.yaml
            batch_size = 0
            [publisher]
            telemetry_secret =
            [AEROSTAT]
            state_path = /s
            outbox_max_bytes = 2M
            outbox_max_age = 0
            max_samples_per_request = 10
            libvirt_timeout = 0.5
            resync_interval = 1
            status_listen = [::1]:0
            log_level = warning
            """)
        #expect(loaded.told == [])
        let settings = try #require(loaded.settings)
        #expect(settings.host == "h.example.org")
        #expect(settings.sampleSource == "lab")
        #expect(settings.pipelineConfigFile.value == "/p.yaml")
        #expect(settings.pipelineConfigFile.location?.description == "f0:4:21")
        #expect(settings.libvirtType == .lxc)
        #expect(settings.rootDiskSize == .flavor)
        #expect(settings.libvirtURI.value == "test:///default")
        #expect(settings.libvirtURI.location?.description == "f0:7:15")
        #expect(settings.reservedMetadataNamespace == ["a.", "b."])
        #expect(settings.reservedMetadataLength == 9)
        #expect(settings.reservedMetadataKeys == ["k1", "k2"])
        #expect(settings.resourceUpdateInterval == .seconds(30))
        #expect(settings.resourceCacheExpiry == .zero)
        #expect(!settings.reportStoppedInstanceMetrics)
        #expect(settings.staleMemoryStats == .publish)
        #expect(settings.pollingConfigFile.value == "p2.yaml")
        #expect(settings.statePath.value == "/s")
        #expect(settings.outboxMaxBytes == 2 << 20)
        #expect(settings.outboxMaxAge == nil)
        #expect(settings.maxSamplesPerRequest == 10)
        #expect(settings.libvirtTimeout == .milliseconds(500))
        #expect(settings.resyncInterval == .seconds(1))
        #expect(settings.statusListen.value == ListenAddress(host: "::1", port: 0))
        #expect(settings.logLevel == .warning)
    }

    @Test(arguments: [
        ("kvm", "qemu:///system"), ("qemu", "qemu:///system"), ("lxc", "lxc:///"), ("parallels", "parallels:///system"),
    ])
    func theConnectionFollowsFromTheType(type: String, uri: String) throws {
        let settings = try #require(Settings.loaded("[DEFAULT]\nlibvirt_type = \(type)\nlibvirt_uri =\n").settings)
        #expect(settings.libvirtURI.value == uri)
        #expect(settings.libvirtURI.location?.line == 2)
    }

    @Test(arguments: [
        ("false", "info", LogLevel.info), ("true", "info", .debug), ("true", "error", .debug),
        ("true", "trace", .trace),
        ("true", "debug", .debug), ("false", "trace", .trace), ("false", "critical", .critical),
    ])
    func debugMeansAtLeastDebug(debug: String, level: String, expected: LogLevel) throws {
        let text = "[DEFAULT]\ndebug = \(debug)\n[aerostat]\nlog_level = \(level)\n"
        #expect(try #require(Settings.loaded(text).settings).logLevel == expected)
    }

    /// Ceilometer takes any; where ours is set, it counts.
    @Test(arguments: [
        ("-1", 1), ("0", 1), ("20", 20), ("99999999999999999999", 100_000),
        ("20\n[aerostat]\nmax_samples_per_request = 7", 7),
    ])
    func anyBatchSizeWillDo(text: String, expected: Int) {
        let loaded = Settings.loaded("[polling]\nbatch_size = \(text)\n")
        #expect(loaded.told == [])
        #expect(loaded.settings?.maxSamplesPerRequest == expected)
    }

    /// What Ceilometer takes for the machine's name it refuses in a file; an odd name of a machine must not stop it.
    @Test func anyMachineNameWillDo() throws {
        let environment = HostEnvironment(hostName: "odd_name$x", home: nil)
        let request = SettingsRequest(sources: [.file("f")], environment: environment)
        let loaded = Settings.load(request, files: MemoryFiles(["f": "[DEFAULT]\nsample_source = ${host}"]))
        #expect(loaded.told == [])
        #expect(loaded.settings?.host == "odd_name$x")
        #expect(loaded.settings?.sampleSource == "odd_name$x")
    }
}
