"""What runs the product on one machine: data folder, embedded database, embedded broker, supervisor."""
