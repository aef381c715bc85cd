import mcn.core.encryption
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('anchors', '0008_terms'),
    ]

    operations = [
        migrations.AddField(
            model_name='payee',
            name='document',
            field=mcn.core.encryption.EncryptedJSONField(blank=True, default=dict, verbose_name='identity document'),
        ),
    ]
