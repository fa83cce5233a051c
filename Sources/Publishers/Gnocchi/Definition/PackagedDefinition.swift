import Configuration

/// The gnocchi_resources.yaml that counts where there is no file: what `etc/aerostat/gnocchi_resources.yaml` says.
enum PackagedDefinition {
    /// The name that is looked for unless a publisher's URL names another file.
    static let fileName = "gnocchi_resources.yaml"

    /// The definition. Blocks.
    static func load(into diagnostics: inout Diagnostics) -> GnocchiDefinition? {
        GnocchiDefinition.load(Array(text.utf8), file: "packaged \(fileName)", into: &diagnostics)
    }

    static let text = """
        archive_policy_default: ceilometer-low

        archive_policies:
          - name: ceilometer-low
            aggregation_methods: [mean]
            back_window: 0
            definition:
              - {granularity: 5 minutes, timespan: 30 days}
          - name: ceilometer-low-rate
            aggregation_methods: [mean, "rate:mean"]
            back_window: 0
            definition:
              - {granularity: 5 minutes, timespan: 30 days}
          - name: ceilometer-high
            aggregation_methods: [mean]
            back_window: 0
            definition: &high
              - {granularity: 1 second, timespan: 1 hour}
              - {granularity: 1 minute, timespan: 1 day}
              - {granularity: 1 hour, timespan: 365 days}
          - name: ceilometer-high-rate
            aggregation_methods: [mean, "rate:mean"]
            back_window: 0
            definition: *high

        resources:
          - resource_type: instance
            metrics:
              cpu: &rate
                archive_policy_name: ceilometer-low-rate
              vcpus:
              power.state:
              memory:
              memory.available:
              memory.usage:
              memory.resident:
              memory.swap.in:
              memory.swap.out:
              perf.cpu.cycles:
              perf.instructions:
              perf.cache.references:
              perf.cache.misses:
              disk.root.size:
              disk.ephemeral.size:
            attributes:
              display_name: resource_metadata.display_name
              host: resource_metadata.(instance_host|host)
              flavor_id: resource_metadata.(instance_flavor_id|(flavor.id)|flavor_id)
              flavor_name: resource_metadata.(instance_type|(flavor.name)|flavor_name)
              image_ref: resource_metadata.image_ref
              server_group: resource_metadata.user_metadata.server_group
              launched_at: resource_metadata.launched_at
              created_at: resource_metadata.created_at
              deleted_at: resource_metadata.deleted_at

          - resource_type: instance_disk
            metrics:
              disk.device.read.requests: *rate
              disk.device.write.requests: *rate
              disk.device.read.bytes: *rate
              disk.device.write.bytes: *rate
              disk.device.read.latency:
              disk.device.write.latency:
              disk.device.capacity:
              disk.device.allocation:
              disk.device.usage:
            attributes:
              instance_id: resource_metadata.instance_id
              name: resource_metadata.disk_name

          - resource_type: instance_network_interface
            metrics:
              network.incoming.bytes: *rate
              network.outgoing.bytes: *rate
              network.incoming.packets: *rate
              network.outgoing.packets: *rate
              network.incoming.packets.drop: *rate
              network.outgoing.packets.drop: *rate
              network.incoming.packets.error: *rate
              network.outgoing.packets.error: *rate
            attributes:
              instance_id: resource_metadata.instance_id
              name: resource_metadata.vnic_name
        """
}
