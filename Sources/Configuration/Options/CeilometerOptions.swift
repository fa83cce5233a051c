/// The options of Ceilometer 27 that this agent reads: names, types, choices and defaults are those of
/// `ceilometer.opts` and `oslo_log._options`.
enum CeilometerOptions {
    static let host = TypedOption(
        .ceilometer, "DEFAULT", "host", .hostAddress, default: nil,
        "The host's name in samples, and what the host ids of instances are hashed from. Must be the name under which "
            + "Nova knows the host. Default: the machine's host name.")
    static let sampleSource = TypedOption(
        .ceilometer, "DEFAULT", "sample_source", .string, default: "openstack", "The `source` of every sample.")
    static let pipelineConfigFile = TypedOption(
        .ceilometer, "DEFAULT", "pipeline_cfg_file", .path, default: "pipeline.yaml",
        "Which sinks and publishers samples go to. If no file has that path, its name is looked for in the directories "
            + "given with --config-dir, beside those given with --config-file, in ~/.ceilometer, ~, /etc/ceilometer "
            + "and /etc.")
    static let debug = TypedOption(
        .ceilometer, "DEFAULT", "debug", .boolean, default: "false",
        "Log debug messages: as [aerostat] log_level = debug, unless that is trace.")
    static let hypervisorInspector = TypedOption(
        .ceilometer, "DEFAULT", "hypervisor_inspector", OptionType<HypervisorInspector>.choice, default: "libvirt",
        "How the hypervisor is asked. There is one way.")
    static let libvirtType = TypedOption(
        .ceilometer, "DEFAULT", "libvirt_type", OptionType<LibvirtType>.choice, default: "kvm",
        "Which hypervisor libvirt drives, and so the connection: kvm and qemu qemu:///system, lxc lxc:///, parallels "
            + "parallels:///system.")
    static let libvirtURI = TypedOption(
        .ceilometer, "DEFAULT", "libvirt_uri", .string, default: "",
        "The libvirt connection, instead of libvirt_type's. It is opened read-only.")
    static let reservedMetadataNamespace = TypedOption(
        .ceilometer, "DEFAULT", "reserved_metadata_namespace", .list, default: "metering.",
        withoutEffect: needsNova,
        "Prefixes of the server metadata that samples carry as user_metadata.")
    static let reservedMetadataLength = TypedOption(
        .ceilometer, "DEFAULT", "reserved_metadata_length", .integer(.min ... .max), default: "256", unit: "characters",
        withoutEffect: needsNova, "Where values of user_metadata are cut off.")
    static let reservedMetadataKeys = TypedOption(
        .ceilometer, "DEFAULT", "reserved_metadata_keys", .list, default: "",
        withoutEffect: needsNova,
        "Further keys of the server metadata that samples carry as user_metadata.")

    static let instanceDiscoveryMethod = TypedOption(
        .ceilometer, "compute", "instance_discovery_method", OptionType<InstanceDiscoveryMethod>.choice,
        default: "libvirt_metadata",
        "How instances are found. Whatever it says, they are found by the metadata that Nova left in libvirt; anything "
            + "but libvirt_metadata is warned about.")
    static let resourceUpdateInterval = TypedOption(
        .ceilometer, "compute", "resource_update_interval", .duration(atLeast: 0), default: "0", unit: "seconds",
        withoutEffect: eventsDoIt, "How often instances are looked for; 0: with every poll.")
    static let resourceCacheExpiry = TypedOption(
        .ceilometer, "compute", "resource_cache_expiry", .duration(atLeast: 0), default: "3600", unit: "seconds",
        withoutEffect: eventsDoIt, "After what time all that is known of instances is looked up anew; 0: never.")
    static let reportStoppedInstanceMetrics = TypedOption(
        .ceilometer, "compute", "report_stopped_instance_metrics", .boolean, default: "false",
        withoutEffect: "instances that are shut off have disk.root.size and disk.ephemeral.size only",
        "Publish power.state, vcpus, memory and the disks' sizes for instances that are shut off, too. Warned about if "
            + "true.")
    static let fetchExtraMetadata = TypedOption(
        .ceilometer, "compute", "fetch_extra_metadata", .boolean, default: "false", withoutEffect: needsNova,
        "Ask Nova for the metadata that a server's user has set. Warned about if true.")

    static let pollingConfigFile = TypedOption(
        .ceilometer, "polling", "cfg_file", .path, default: "polling.yaml",
        "Which meters are polled how often. Looked for as pipeline_cfg_file is.")
    static let batchSize = TypedOption(
        .ceilometer, "polling", "batch_size", .integer(.min ... .max), default: "50", unit: "samples",
        withoutEffect: "samples do not travel in messages; see [aerostat] max_samples_per_request",
        "How many samples Ceilometer puts into one message; 0: one.")

    static let telemetrySecret = TypedOption(
        .ceilometer, "publisher", "telemetry_secret", .string, default: "change this for valid signing", secret: true,
        "What `message_signature` is made with by publishers whose URL in pipeline.yaml says signature=true; empty: an "
            + "empty signature.")

    private static let needsNova = "Nova is not asked for anything"
    private static let eventsDoIt =
        "each poll finds all instances, and libvirt's events tell which changed; see [aerostat] resync_interval"

    static let rows = [
        host.row, sampleSource.row, pipelineConfigFile.row, debug.row, hypervisorInspector.row, libvirtType.row,
        libvirtURI.row, reservedMetadataNamespace.row, reservedMetadataLength.row, reservedMetadataKeys.row,
        instanceDiscoveryMethod.row, resourceUpdateInterval.row, resourceCacheExpiry.row,
        reportStoppedInstanceMetrics.row, fetchExtraMetadata.row, pollingConfigFile.row, batchSize.row,
        telemetrySecret.row,
    ]
}
