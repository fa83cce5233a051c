import Testing

@testable import Configuration

@Suite struct OptionTableTests {
    @Test func everyNameStandsInTheTableOnce() {
        let names = OptionTable.used.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.count == 62)
        for name in names {
            #expect(!AcceptedOptions.groups.contains(name.group))
            let accepted = AcceptedOptions.names[name.group, default: []].flatMap(\.keys)
            #expect(!accepted.contains(name.key), "\(name)")
        }
    }

    @Test func everyDefaultIsGood() {
        for option in OptionTable.used {
            guard let value = option.defaultValue else { continue }
            #expect(option.reference(value) != nil, "\(option.name)")
        }
        #expect(OptionTable.used.filter { $0.defaultValue == nil }.map(\.name.key) == ["host"])
    }

    @Test func everyRowExplainsItself() {
        for option in OptionTable.used {
            #expect(option.help.hasSuffix("."), "\(option.name)")
            #expect(!option.help.contains("|") && !option.type.contains("|"), "\(option.name)")
        }
        #expect(
            OptionTable.used.filter(\.isSecret).map(\.name.key)
                == ["telemetry_secret", "password", "application_credential_secret"])
        #expect(Set(OptionTable.used.filter { $0.name.group == "aerostat" }.map(\.origin)) == [.aerostat])
    }

    /// Ceilometer 27.0.0's options (`ceilometer.opts.list_opts`), which must all be known.
    @Test(arguments: [
        ("DEFAULT", "polling_namespaces"), ("DEFAULT", "event_pipeline_cfg_file"), ("DEFAULT", "rootwrap_config"),
        ("DEFAULT", "reseller_prefix"), ("DEFAULT", "pollsters_definitions_dirs"), ("DEFAULT", "transport_url"),
        ("compute", "fetch_extra_metadata"), ("compute", "resource_update_interval"), ("coordination", "backend_url"),
        ("event", "store_raw"), ("ipmi", "polling_retry"), ("meter", "meter_definitions_dirs"),
        ("notification", "pipelines"), ("polling", "enable_prometheus_exporter"), ("polling", "heartbeat_socket_dir"),
        ("publisher", "telemetry_secret"), ("publisher_notifier", "telemetry_driver"), ("rgw_client", "insecure"),
        ("rgw_admin_credentials", "access_key"), ("service_types", "nova"), ("service_credentials", "region_name"),
    ])
    func ceilometersOptionsAreKnown(group: String, key: String) {
        switch OptionTable.entry(OptionName(group, key)) {
        case .used, .accepted: break
        case .unknownOption, .unknownGroup: Issue.record("[\(group)] \(key) is unknown")
        }
    }
}
