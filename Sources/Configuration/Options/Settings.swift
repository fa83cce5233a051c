/// Every option that this agent reads, with its value or default. The options and their meaning are listed in
/// `docs/configuration.md`.
public struct Settings: Sendable {
    /// `[DEFAULT] host`: the name under which Nova knows this host.
    public let host: String
    /// `[DEFAULT] sample_source`: the `source` of every sample.
    public let sampleSource: String
    /// `[DEFAULT] pipeline_cfg_file`, to be found with `FileSearch.find`.
    public let pipelineConfigFile: Located<String>
    /// `[DEFAULT] hypervisor_inspector`.
    public let hypervisorInspector: HypervisorInspector
    /// `[DEFAULT] libvirt_type`.
    public let libvirtType: LibvirtType
    /// `[DEFAULT] libvirt_uri`, or what `libvirt_type` stands for where that is empty. May hold a user's name.
    public let libvirtURI: Located<String>
    /// `[DEFAULT] reserved_metadata_namespace`: prefixes of metadata keys.
    public let reservedMetadataNamespace: [String]
    /// `[DEFAULT] reserved_metadata_length`, in characters.
    public let reservedMetadataLength: Int
    /// `[DEFAULT] reserved_metadata_keys`.
    public let reservedMetadataKeys: [String]
    /// `[DEFAULT] max_parallel_requests`, at least 1.
    public let maxParallelRequests: Int

    /// `[compute] instance_discovery_method`.
    public let instanceDiscoveryMethod: InstanceDiscoveryMethod
    /// `[compute] resource_update_interval`; 0: with every poll.
    public let resourceUpdateInterval: Duration
    /// `[compute] resource_cache_expiry`; 0: the list of servers with every poll, and nothing else ever again.
    public let resourceCacheExpiry: Duration
    /// `[compute] report_stopped_instance_metrics`.
    public let reportStoppedInstanceMetrics: Bool
    /// `[compute] fetch_extra_metadata`.
    public let fetchExtraMetadata: Bool
    /// `[compute] stale_memory_stats`.
    public let staleMemoryStats: StaleMemoryStats
    /// `[compute] root_disk_size`.
    public let rootDiskSize: RootDiskSizeChoice
    /// `[compute] unmanaged_domains`.
    public let unmanagedDomains: Bool
    /// `[compute] unmanaged_project_id`; `nil`: none.
    public let unmanagedProjectID: String?
    /// `[compute] unmanaged_user_id`; `nil`: none.
    public let unmanagedUserID: String?

    /// `[polling] cfg_file`, to be found with `FileSearch.find`.
    public let pollingConfigFile: Located<String>
    /// `[polling] identity_name_discovery`, or `tenant_name_discovery`.
    public let identityNameDiscovery: Bool

    /// `[service_credentials] auth_section`; `nil`: none.
    public let authSection: Located<String>?
    /// `[service_credentials]`; `nil` if it has no `auth_type`.
    public let serviceCredentials: ServiceCredentials?
    /// What is asked for that cannot be had without Nova or Keystone, by the options' names; empty if nothing is.
    public let needingServiceCredentials: [Located<String>]
    /// `[service_types] nova`.
    public let novaServiceType: String

    /// `[publisher] telemetry_secret`.
    public let telemetrySecret: Secret
    /// Whether everybody knows `telemetrySecret`: it is empty, or the default.
    public var isTelemetrySecretKnown: Bool {
        [nil, "", CeilometerOptions.telemetrySecret.row.defaultValue].contains(telemetrySecret.value)
    }

    /// `[aerostat] state_path`: the outbox's directory.
    public let statePath: Located<String>
    /// `[aerostat] outbox_max_bytes`, for each publisher; at least 64 KiB.
    public let outboxMaxBytes: Int
    /// `[aerostat] outbox_max_age`; `nil`: without limit.
    public let outboxMaxAge: Duration?
    /// `[aerostat] max_samples_per_request`, or `[polling] batch_size` if that alone is set; 1 to 100,000.
    public let maxSamplesPerRequest: Int
    /// `[aerostat] libvirt_timeout`, at least 0.1 s.
    public let libvirtTimeout: Duration
    /// `[aerostat] resync_interval`, at least 1 s.
    public let resyncInterval: Duration
    /// `[aerostat] status_listen`; `nil`: nowhere.
    public let statusListen: Located<ListenAddress?>
    /// `[aerostat] log_level`, or `debug` if `[DEFAULT] debug` asks for more than that says.
    public let logLevel: LogLevel

    /// The values of all options; `nil` if one is no good, which the reader tells then.
    init?(
        from reader: inout OptionReader, credentials: ServiceCredentials?, machine: HostEnvironment
    ) {
        typealias Theirs = CeilometerOptions
        typealias Ours = AerostatOptions
        // Every option is read before the first that is missing ends this, so that all errors are told.
        let host = reader.value(Theirs.host, or: machine.hostName)
        let sampleSource = reader.value(Theirs.sampleSource)
        let pipelineConfigFile = reader.value(Theirs.pipelineConfigFile)
        let debug = reader.value(Theirs.debug)
        let hypervisorInspector = reader.value(Theirs.hypervisorInspector)
        let libvirtType = reader.value(Theirs.libvirtType)
        let libvirtURI = reader.value(Theirs.libvirtURI)
        let reservedMetadataNamespace = reader.value(Theirs.reservedMetadataNamespace)
        let reservedMetadataLength = reader.value(Theirs.reservedMetadataLength)
        let reservedMetadataKeys = reader.value(Theirs.reservedMetadataKeys)
        let maxParallelRequests = reader.value(Theirs.maxParallelRequests)
        let instanceDiscoveryMethod = reader.value(Theirs.instanceDiscoveryMethod)
        let resourceUpdateInterval = reader.value(Theirs.resourceUpdateInterval)
        let resourceCacheExpiry = reader.value(Theirs.resourceCacheExpiry)
        let reportStoppedInstanceMetrics = reader.value(Theirs.reportStoppedInstanceMetrics)
        let fetchExtraMetadata = reader.value(Theirs.fetchExtraMetadata)
        let staleMemoryStats = reader.value(Ours.staleMemoryStats)
        let rootDiskSize = reader.value(Ours.rootDiskSize)
        let unmanagedDomains = reader.value(Ours.unmanagedDomains)
        let unmanagedProjectID = reader.value(Ours.unmanagedProjectID)
        let unmanagedUserID = reader.value(Ours.unmanagedUserID)
        let pollingConfigFile = reader.value(Theirs.pollingConfigFile)
        let batchSize = reader.value(Theirs.batchSize)
        let identityNameDiscovery = reader.value(Theirs.identityNameDiscovery)
        let telemetrySecret = reader.value(Theirs.telemetrySecret)
        let authSection = reader.value(ServiceCredentialsOptions.standard.authSection)
        let novaServiceType = reader.value(Theirs.novaServiceType)
        let statePath = reader.value(Ours.statePath)
        let outboxMaxBytes = reader.value(Ours.outboxMaxBytes)
        let outboxMaxAge = reader.value(Ours.outboxMaxAge)
        let maxSamplesPerRequest = reader.value(Ours.maxSamplesPerRequest)
        let libvirtTimeout = reader.value(Ours.libvirtTimeout)
        let resyncInterval = reader.value(Ours.resyncInterval)
        let statusListen = reader.value(Ours.statusListen)
        let logLevel = reader.value(Ours.logLevel)

        guard let host, let sampleSource, let pipelineConfigFile, let debug, let hypervisorInspector, let libvirtType,
            let libvirtURI, let reservedMetadataNamespace, let reservedMetadataLength, let reservedMetadataKeys,
            let maxParallelRequests, let instanceDiscoveryMethod, let resourceUpdateInterval, let resourceCacheExpiry,
            let reportStoppedInstanceMetrics, let fetchExtraMetadata, let staleMemoryStats,
            let rootDiskSize, let unmanagedDomains, let unmanagedProjectID, let unmanagedUserID, let pollingConfigFile,
            let batchSize, let identityNameDiscovery, let telemetrySecret, let novaServiceType, let statePath,
            let outboxMaxBytes, let outboxMaxAge,
            let maxSamplesPerRequest, let libvirtTimeout, let resyncInterval, let statusListen, let logLevel
        else { return nil }

        self.host = host.value
        self.sampleSource = sampleSource.value
        self.pipelineConfigFile = pipelineConfigFile
        self.hypervisorInspector = hypervisorInspector.value
        self.libvirtType = libvirtType.value
        self.libvirtURI =
            libvirtURI.value.isEmpty
            ? Located(libvirtType.value.uri, at: libvirtType.location) : libvirtURI
        self.reservedMetadataNamespace = reservedMetadataNamespace.value
        self.reservedMetadataLength = reservedMetadataLength.value
        self.reservedMetadataKeys = reservedMetadataKeys.value
        self.maxParallelRequests = maxParallelRequests.value
        self.instanceDiscoveryMethod = instanceDiscoveryMethod.value
        self.resourceUpdateInterval = resourceUpdateInterval.value
        self.resourceCacheExpiry = resourceCacheExpiry.value
        self.reportStoppedInstanceMetrics = reportStoppedInstanceMetrics.value
        self.fetchExtraMetadata = fetchExtraMetadata.value
        self.staleMemoryStats = staleMemoryStats.value
        self.rootDiskSize = rootDiskSize.value
        self.unmanagedDomains = unmanagedDomains.value
        self.unmanagedProjectID = unmanagedProjectID.value.isEmpty ? nil : unmanagedProjectID.value
        self.unmanagedUserID = unmanagedUserID.value.isEmpty ? nil : unmanagedUserID.value
        self.pollingConfigFile = pollingConfigFile
        self.identityNameDiscovery = identityNameDiscovery.value
        self.authSection = authSection.flatMap { $0.value.isEmpty ? nil : $0 }
        self.serviceCredentials = credentials
        let needs = [
            (
                instanceDiscoveryMethod.value != .libvirtMetadata, Theirs.instanceDiscoveryMethod.row,
                instanceDiscoveryMethod.location
            ),
            (fetchExtraMetadata.value, Theirs.fetchExtraMetadata.row, fetchExtraMetadata.location),
            (identityNameDiscovery.value, Theirs.identityNameDiscovery.row, identityNameDiscovery.location),
        ]
        needingServiceCredentials = needs.filter(\.0).map { Located("\($0.1.name)", at: $0.2) }
        self.novaServiceType = novaServiceType.value
        self.telemetrySecret = Secret(telemetrySecret.value)
        self.statePath = statePath
        self.outboxMaxBytes = outboxMaxBytes.value
        self.outboxMaxAge = outboxMaxAge.value == .zero ? nil : outboxMaxAge.value
        self.maxSamplesPerRequest =
            reader.isSet(Theirs.batchSize) && !reader.isSet(Ours.maxSamplesPerRequest)
            ? min(max(1, batchSize.value), 100_000) : maxSamplesPerRequest.value
        self.libvirtTimeout = libvirtTimeout.value
        self.resyncInterval = resyncInterval.value
        self.statusListen = statusListen
        self.logLevel = debug.value && logLevel.value != .trace ? .debug : logLevel.value
    }
}
