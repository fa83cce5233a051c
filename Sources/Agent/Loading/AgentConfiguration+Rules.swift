public import Compute
import Configuration
import Publishers

extension AgentConfiguration {
    /// What ceilometer.conf says of samples.
    public var rules: SampleRules {
        var rules = SampleRules(host: HostIdentity(host: settings.host, sampleSource: settings.sampleSource))
        rules.stalePolicy = settings.staleMemoryStats == .publish ? .publish : .withhold
        rules.reportsStopped = settings.reportStoppedInstanceMetrics
        rules.usesNovaListing = settings.instanceDiscoveryMethod != .libvirtMetadata
        rules.fetchesExtraMetadata = settings.fetchExtraMetadata
        rules.asksForFlavorIDs = keystone != nil
        rules.wantsIdentityNames = settings.identityNameDiscovery
        rules.userMetadata = UserMetadataRule(
            namespaces: settings.reservedMetadataNamespace, length: settings.reservedMetadataLength,
            keys: settings.reservedMetadataKeys)
        rules.rootDiskSize = settings.rootDiskSize == .flavor ? .flavor : .ceilometer
        rules.libvirtURI = PublisherFactory.redacted(settings.libvirtURI.value)
        if settings.unmanagedDomains {
            rules.unmanagedOwner = UnmanagedOwner(
                projectID: settings.unmanagedProjectID, userID: settings.unmanagedUserID)
        }
        return rules
    }
}
