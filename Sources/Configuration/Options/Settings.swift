/// Every option that this agent reads, with its value or default. The options and their meaning are listed in
/// `docs/configuration.md`; those "without effect" are checked and here for those who will need them.
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
    /// `[DEFAULT] reserved_metadata_namespace`: prefixes of metadata keys. Without effect.
    public let reservedMetadataNamespace: [String]
    /// `[DEFAULT] reserved_metadata_length`, in characters. Without effect.
    public let reservedMetadataLength: Int
    /// `[DEFAULT] reserved_metadata_keys`. Without effect.
    public let reservedMetadataKeys: [String]

    /// `[compute] instance_discovery_method`. Anything but `libvirtMetadata` was warned about.
    public let instanceDiscoveryMethod: InstanceDiscoveryMethod
    /// `[compute] resource_update_interval`; 0: with every poll. Without effect.
    public let resourceUpdateInterval: Duration
    /// `[compute] resource_cache_expiry`; 0: never. Without effect.
    public let resourceCacheExpiry: Duration
    /// `[compute] report_stopped_instance_metrics`. Without effect; warned about if true.
    public let reportStoppedInstanceMetrics: Bool
    /// `[compute] fetch_extra_metadata`. Without effect; warned about if true.
    public let fetchExtraMetadata: Bool
    /// `[compute] stale_memory_stats`.
    public let staleMemoryStats: StaleMemoryStats

    /// `[polling] cfg_file`, to be found with `FileSearch.find`.
    public let pollingConfigFile: Located<String>
    /// `[polling] batch_size`, in samples; any number, 0 for one. Without effect.
    public let batchSize: Int

    /// `[service_credentials]`; `nil` if it has no `auth_type`.
    public let serviceCredentials: ServiceCredentials?
    /// `[service_types] nova`: the type of Nova in the catalogue.
    public let novaServiceType: String

    /// `[aerostat] state_path`: the outbox's directory.
    public let statePath: Located<String>
    /// `[aerostat] outbox_max_bytes`, for each publisher; at least 64 KiB.
    public let outboxMaxBytes: Int
    /// `[aerostat] outbox_max_age`; `nil`: without limit.
    public let outboxMaxAge: Duration?
    /// `[aerostat] max_samples_per_request`, 1 to 100,000.
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
    init?(from reader: inout OptionReader, machine: HostEnvironment) {
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
        let instanceDiscoveryMethod = reader.value(Theirs.instanceDiscoveryMethod)
        let resourceUpdateInterval = reader.value(Theirs.resourceUpdateInterval)
        let resourceCacheExpiry = reader.value(Theirs.resourceCacheExpiry)
        let reportStoppedInstanceMetrics = reader.value(Theirs.reportStoppedInstanceMetrics)
        let fetchExtraMetadata = reader.value(Theirs.fetchExtraMetadata)
        let staleMemoryStats = reader.value(Ours.staleMemoryStats)
        let pollingConfigFile = reader.value(Theirs.pollingConfigFile)
        let batchSize = reader.value(Theirs.batchSize)
        // Checked, but not kept: nobody needs it, and what is not there cannot leak.
        let telemetrySecret = reader.value(Theirs.telemetrySecret)
        let serviceCredentials = ServiceCredentials(from: &reader, environment: machine.variables)
        let novaServiceType = reader.value(ServiceTypesOptions.nova)
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
            let instanceDiscoveryMethod, let resourceUpdateInterval, let resourceCacheExpiry,
            let reportStoppedInstanceMetrics, let fetchExtraMetadata, let staleMemoryStats, let pollingConfigFile,
            let batchSize, telemetrySecret != nil, let novaServiceType, let statePath, let outboxMaxBytes,
            let outboxMaxAge,
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
        self.instanceDiscoveryMethod = instanceDiscoveryMethod.value
        self.resourceUpdateInterval = resourceUpdateInterval.value
        self.resourceCacheExpiry = resourceCacheExpiry.value
        self.reportStoppedInstanceMetrics = reportStoppedInstanceMetrics.value
        self.fetchExtraMetadata = fetchExtraMetadata.value
        self.staleMemoryStats = staleMemoryStats.value
        self.pollingConfigFile = pollingConfigFile
        self.batchSize = batchSize.value
        self.serviceCredentials = serviceCredentials
        self.novaServiceType = novaServiceType.value
        self.statePath = statePath
        self.outboxMaxBytes = outboxMaxBytes.value
        self.outboxMaxAge = outboxMaxAge.value == .zero ? nil : outboxMaxAge.value
        self.maxSamplesPerRequest = maxSamplesPerRequest.value
        self.libvirtTimeout = libvirtTimeout.value
        self.resyncInterval = resyncInterval.value
        self.statusListen = statusListen
        self.logLevel = debug.value && logLevel.value != .trace ? .debug : logLevel.value
    }
}
