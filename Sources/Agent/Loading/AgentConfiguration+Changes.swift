import Configuration
import Pipeline
import Publishers

extension AgentConfiguration {
    /// What is another than in an older configuration, by name, in the words of a log line. No secret is told.
    public func changes(since old: AgentConfiguration) -> [String: String] {
        var changes: [String: String] = [:]
        for (name, value) in Self.scalars {
            let (before, now) = (value(old), value(self))
            if before != now { changes[name] = "\(before.isEmpty ? "none" : before) -> \(now.isEmpty ? "none" : now)" }
        }
        changes["meters"] = Self.difference(Set(old.tasks.flatMap(\.meters)), Set(tasks.flatMap(\.meters)))
        changes["publishers"] = Self.difference(old.publishers, publishers)
        if changes["publishers"] == nil, old.pipelines.pipelines.flatMap(\.publishers).map(\.url) != urls {
            changes["publishers"] = "other passwords or another order"
        }
        if old.keystone != keystone { changes["service_credentials"] = "changed" }
        if old.settings.telemetrySecret != settings.telemetrySecret { changes["telemetry_secret"] = "changed" }
        return changes
    }

    private var urls: [String] { pipelines.pipelines.flatMap(\.publishers).map(\.url) }

    private var publishers: Set<String> { Set(urls.map { PublisherFactory.redacted($0) }) }

    private static func difference(_ old: Set<String>, _ new: Set<String>) -> String? {
        let (added, removed) = (new.subtracting(old).sorted(), old.subtracting(new).sorted())
        guard !added.isEmpty || !removed.isEmpty else { return nil }
        // Many meters come and go with one pattern.
        let words = { (sign: String, names: [String]) in
            names.prefix(5).map { sign + $0 } + (names.count > 5 ? ["\(sign)\(names.count - 5) more"] : [])
        }
        return (words("+", added) + words("-", removed)).joined(separator: " ")
    }

    /// The values that a line can tell.
    private static let scalars: [(String, @Sendable (AgentConfiguration) -> String)] = [
        ("host", { $0.settings.host }),
        ("sample_source", { $0.settings.sampleSource }),
        ("libvirt", { PublisherFactory.redacted($0.settings.libvirtURI.value) }),
        ("intervals", { $0.tasks.map { "\($0.interval)" }.joined(separator: ",") }),
        ("pipelines", { $0.pipelines.pipelines.map(\.name).joined(separator: ",") }),
        ("state_path", { $0.settings.statePath.value }),
        ("status_listen", { $0.settings.statusListen.value.map { "\($0.host):\($0.port)" } ?? "" }),
        ("log_level", { $0.settings.logLevel.rawValue }),
        ("outbox_max_bytes", { "\($0.settings.outboxMaxBytes)" }),
        ("outbox_max_age", { $0.settings.outboxMaxAge.map { "\($0)" } ?? "" }),
        ("max_samples_per_request", { "\($0.settings.maxSamplesPerRequest)" }),
        ("libvirt_timeout", { "\($0.settings.libvirtTimeout)" }),
        ("resync_interval", { "\($0.settings.resyncInterval)" }),
        ("instance_discovery_method", { "\($0.settings.instanceDiscoveryMethod)" }),
        ("fetch_extra_metadata", { "\($0.settings.fetchExtraMetadata)" }),
        ("identity_name_discovery", { "\($0.settings.identityNameDiscovery)" }),
        ("unmanaged_domains", { "\($0.settings.unmanagedDomains)" }),
        ("stale_memory_stats", { "\($0.settings.staleMemoryStats)" }),
        ("reserved_metadata_namespace", { $0.settings.reservedMetadataNamespace.joined(separator: ",") }),
        ("reserved_metadata_length", { "\($0.settings.reservedMetadataLength)" }),
        ("reserved_metadata_keys", { $0.settings.reservedMetadataKeys.joined(separator: ",") }),
        ("max_parallel_requests", { "\($0.settings.maxParallelRequests)" }),
        ("resource_update_interval", { "\($0.settings.resourceUpdateInterval)" }),
        ("resource_cache_expiry", { "\($0.settings.resourceCacheExpiry)" }),
        ("unmanaged_project_id", { $0.settings.unmanagedProjectID ?? "" }),
        ("unmanaged_user_id", { $0.settings.unmanagedUserID ?? "" }),
        ("service_types.nova", { $0.settings.novaServiceType }),
        ("report_stopped_instance_metrics", { "\($0.settings.reportStoppedInstanceMetrics)" }),
    ]
}
