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
        "Which hypervisor libvirt drives, and so the connection: kvm and qemu qemu:///system, parallels "
            + "parallels:///system. lxc is an error: libvirt's LXC driver has no bulk statistics call.")
    static let libvirtURI = TypedOption(
        .ceilometer, "DEFAULT", "libvirt_uri", .string, default: "",
        "The libvirt connection, instead of libvirt_type's. It is opened read-only.")
    static let reservedMetadataNamespace = TypedOption(
        .ceilometer, "DEFAULT", "reserved_metadata_namespace", .list, default: "metering.",
        "Metadata that a server's user has set goes into samples, as user_metadata, if its key has one of these "
            + "prefixes, which is left out there. Nova must be asked for it: [compute] fetch_extra_metadata, or "
            + "instance_discovery_method = naive.")
    static let reservedMetadataLength = TypedOption(
        .ceilometer, "DEFAULT", "reserved_metadata_length", .integer(.min ... .max), default: "256", unit: "characters",
        "How many characters of a text in user_metadata are kept.")
    static let reservedMetadataKeys = TypedOption(
        .ceilometer, "DEFAULT", "reserved_metadata_keys", .list, default: "",
        "Further keys of the metadata that a server's user has set, which go into user_metadata.")
    static let maxParallelRequests = TypedOption(
        .ceilometer, "DEFAULT", "max_parallel_requests", .integer(1 ... .max), default: "64",
        "The most requests to Nova and Glance that may be under way at once; beyond 64 it counts as 64. They begin with 4, "
            + "grow with each round of answers, and are halved when one is not answered in time.")

    static let instanceDiscoveryMethod = TypedOption(
        .ceilometer, "compute", "instance_discovery_method", OptionType<InstanceDiscoveryMethod>.choice,
        default: "libvirt_metadata",
        "How instances are found. libvirt_metadata: by the metadata that Nova left in libvirt. naive and "
            + "workload_partitioning: by Nova's list of this host's servers, which needs [service_credentials]; until it has "
            + "arrived, and for domains younger than it, by the metadata in libvirt. The two are the same here, as "
            + "there is one agent for each libvirt.")
    static let resourceUpdateInterval = TypedOption(
        .ceilometer, "compute", "resource_update_interval", .duration(atLeast: 0), default: "0", unit: "seconds",
        "How often Nova is asked which of its servers have changed, with instance_discovery_method = naive; 0: with every "
            + "poll. A domain that Nova's list does not hold has it asked at once.")
    static let resourceCacheExpiry = TypedOption(
        .ceilometer, "compute", "resource_cache_expiry", .duration(atLeast: 0), default: "3600", unit: "seconds",
        "After what time Nova is asked anew for all that it said: the whole list of servers, servers' metadata, flavors' "
            + "ids; 0: the list with every poll, as in Ceilometer, and the rest never.")
    static let reportStoppedInstanceMetrics = TypedOption(
        .ceilometer, "compute", "report_stopped_instance_metrics", .boolean, default: "false",
        "Publish power.state, vcpus, memory and the disks' capacity, allocation and usage for instances that are shut "
            + "off, too. Otherwise those have disk.root.size and disk.ephemeral.size only.")
    static let fetchExtraMetadata = TypedOption(
        .ceilometer, "compute", "fetch_extra_metadata", .boolean, default: "false",
        "Ask Nova for the metadata that a server's user has set, once for each instance and then every "
            + "resource_cache_expiry. Needs [service_credentials].")

    static let pollingConfigFile = TypedOption(
        .ceilometer, "polling", "cfg_file", .path, default: "polling.yaml",
        "Which meters are polled how often. Looked for as pipeline_cfg_file is.")
    static let batchSize = TypedOption(
        .ceilometer, "polling", "batch_size", .integer(.min ... .max), default: "50", unit: "samples",
        "How many samples are sent in one HTTP request, if this is set and [aerostat] max_samples_per_request is not; 0: "
            + "one. The default is Ceilometer's, and stands for [aerostat] max_samples_per_request here.")
    static let identityNameDiscovery = TypedOption(
        .ceilometer, "polling", "identity_name_discovery", .boolean, default: "false",
        formerly: ["tenant_name_discovery"],
        "Ask Keystone for the names of projects and users, which samples then carry beside their ids. They are looked up "
            + "in the background and kept for an hour; until a name is known it is null. Needs [service_credentials].")

    static let telemetrySecret = TypedOption(
        .ceilometer, "publisher", "telemetry_secret", .string, default: "change this for valid signing", secret: true,
        "What `message_signature` is made with by publishers whose URL in pipeline.yaml says signature=true; empty: an "
            + "empty signature.")

    static let novaServiceType = TypedOption(
        .ceilometer, "service_types", "nova", .string, default: "compute",
        "The type of the service in Keystone's catalogue that is Nova.")

    static let rows = [
        host.row, sampleSource.row, pipelineConfigFile.row, debug.row, hypervisorInspector.row, libvirtType.row,
        libvirtURI.row, reservedMetadataNamespace.row, reservedMetadataLength.row, reservedMetadataKeys.row,
        maxParallelRequests.row,
        instanceDiscoveryMethod.row, resourceUpdateInterval.row, resourceCacheExpiry.row,
        reportStoppedInstanceMetrics.row, fetchExtraMetadata.row, pollingConfigFile.row, batchSize.row,
        identityNameDiscovery.row,
        telemetrySecret.row, novaServiceType.row,
    ]
}
